package client

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
)

// FlowNode is one step of a flow.
type FlowNode struct {
	// WaitingTime is how long the node waits for its trigger, 30 to 120
	// seconds.
	WaitingTime int

	// Trigger is what makes the node send. On the wire it is called status,
	// and has nothing to do with the status of an answer or of a message.
	Trigger Trigger

	// Channel is ChannelSMS or ChannelCall.
	Channel Channel

	// KeepChannel stays with the channel of before and does not switch to
	// Channel. On the wire it is channelCut, with 0 for switch and 1 for stay;
	// switching is the default.
	KeepChannel bool
}

// Trigger is what a flow's node reacts to.
type Trigger int

const (
	// TriggerFailed is a send that failed or is reported as failed.
	TriggerFailed Trigger = 1
	// TriggerNotVerified is a code that was not entered, or wrongly.
	TriggerNotVerified Trigger = 2
)

func (t Trigger) String() string {
	switch t {
	case TriggerFailed:
		return "failed"
	case TriggerNotVerified:
		return "not verified"
	}
	return fmt.Sprintf("trigger %d", int(t))
}

// nodeWire has a node's names and types on the wire.
type nodeWire struct {
	WaitingTime int     `json:"waitingTime"`
	Status      Trigger `json:"status"`
	Channel     string  `json:"channel"`
	ChannelCut  int     `json:"channelCut"`
}

func (n FlowNode) MarshalJSON() ([]byte, error) {
	w := nodeWire{WaitingTime: n.WaitingTime, Status: n.Trigger, Channel: n.Channel}
	if n.KeepChannel {
		w.ChannelCut = 1
	}
	return json.Marshal(w)
}

var errChannelCut = errors.New("channelCut must be 0, switch the channel, or 1, keep it")

// UnmarshalJSON is for what a person wrote, so it refuses names it does not
// know. The answers of the provider are read with more patience.
func (n *FlowNode) UnmarshalJSON(data []byte) error {
	var w nodeWire
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&w); err != nil {
		return fmt.Errorf("read flow node: %w", err)
	}
	if w.ChannelCut != 0 && w.ChannelCut != 1 {
		return fmt.Errorf("read flow node: %w", errChannelCut)
	}
	*n = FlowNode{WaitingTime: w.WaitingTime, Trigger: w.Status, Channel: w.Channel, KeepChannel: w.ChannelCut == 1}
	return nil
}

func (n FlowNode) check(f *faults, name string) {
	f.within(name+".waitingTime", int64(n.WaitingTime), 30, 120)
	f.within(name+".status", int64(n.Trigger), int64(TriggerFailed), int64(TriggerNotVerified))
	if n.Channel != ChannelSMS && n.Channel != ChannelCall {
		f.add(name+".channel", "must be sms or call")
	}
}

func decodeNodes(f fields, name string) []FlowNode {
	items, err := elements(f.raw[name], maxNodes)
	if err != nil {
		f.isOdd(name)
		return nil
	}
	var nodes []FlowNode
	for i, item := range items {
		at := fmt.Sprintf("%s[%d]", name, i)
		inner := fields{path: at + ".", odd: f.odd}
		if json.Unmarshal(item, &inner.raw) != nil || len(inner.raw) == 0 {
			f.isOdd(at)
			return nil
		}
		nodes = append(nodes, FlowNode{
			WaitingTime: inner.integer("waitingTime"),
			Trigger:     Trigger(inner.integer("status")),
			Channel:     strings.ToLower(inner.id("channel")),
			KeepChannel: inner.flag("channelCut"),
		})
	}
	return nodes
}
