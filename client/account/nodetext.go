package account

import (
	"fmt"
	"strings"
	"time"

	"github.com/otpworker/otpworker/client"
)

// Words of a node.
const (
	onFailed      = "failed"
	onNotVerified = "not-verified"
	keepChannel   = "keep-channel"
)

// NodeText is a flow's node as a person writes it:
// after=30s,on=not-verified,channel=call, and keep-channel behind it if the
// node stays with the channel of before.
func NodeText(n client.FlowNode) string {
	on := n.Trigger.String()
	switch n.Trigger {
	case client.TriggerFailed:
		on = onFailed
	case client.TriggerNotVerified:
		on = onNotVerified
	}
	text := fmt.Sprintf("after=%ds,on=%s,channel=%s", n.WaitingTime, on, n.Channel)
	if n.KeepChannel {
		text += "," + keepChannel
	}
	return text
}

// ParseNode reads what NodeText writes, in any order: after is 30s to 120s, on
// is failed or not-verified, channel is sms or call, and all three are
// required.
func ParseNode(s string) (client.FlowNode, error) {
	var n client.FlowNode
	var f faults
	given := map[string]bool{}
	for part := range strings.SplitSeq(s, ",") {
		key, word, _ := strings.Cut(strings.TrimSpace(part), "=")
		if given[key] {
			f.add(key, "stands there twice")
		}
		given[key] = true
		readPart(&n, &f, key, word)
	}
	for _, key := range []string{"after", "on", "channel"} {
		if !given[key] {
			f.add(key, "is missing")
		}
	}
	if err := f.err(); err != nil {
		return client.FlowNode{}, fmt.Errorf("%q is not a node such as after=30s,on=not-verified,channel=call:\n%w", s, err)
	}
	return n, nil
}

func readPart(n *client.FlowNode, f *faults, key, word string) {
	switch key {
	case "after":
		after, err := time.ParseDuration(word)
		if err != nil || after < 30*time.Second || after > 120*time.Second || after%time.Second != 0 {
			f.add(key, "must be 30s to 120s in whole seconds")
		}
		n.WaitingTime = int(after / time.Second)
	case "on":
		switch word {
		case onFailed:
			n.Trigger = client.TriggerFailed
		case onNotVerified:
			n.Trigger = client.TriggerNotVerified
		default:
			f.add(key, "must be failed or not-verified")
		}
	case "channel":
		if word != client.ChannelSMS && word != client.ChannelCall {
			f.add(key, "must be sms or call")
		}
		n.Channel = word
	case keepChannel:
		if word != "" {
			f.add(key, "takes no value")
		}
		n.KeepChannel = true
	default:
		f.add(key, "is not after, on, channel or keep-channel")
	}
}
