package schema

import "slices"

// Channel is the way a code reaches a phone.
type Channel string

const (
	// ChannelSMS is a text message, the default.
	ChannelSMS Channel = "sms"
	// ChannelCall is a voice call that reads the code out.
	ChannelCall Channel = "call"
	// ChannelSNA is silent network authentication; its result carries an snaUrl.
	ChannelSNA Channel = "sna"
)

// Channels returns every channel, the default first.
func Channels() []Channel { return []Channel{ChannelSMS, ChannelCall, ChannelSNA} }

func checkChannel(c Channel) string {
	if c == "" || slices.Contains(Channels(), c) {
		return ""
	}
	return "must be sms, call or sna; leave it out for sms"
}
