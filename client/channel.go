package client

// Channel is the way a code reaches a phone.
type Channel = string

const (
	ChannelSMS  Channel = "sms"  // a text message, the default
	ChannelCall Channel = "call" // a voice call that reads the code out
	ChannelSNA  Channel = "sna"  // silent authentication through the mobile network
)
