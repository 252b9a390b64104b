package worker_test

import (
	"bytes"
	"strings"
)

// An effect is something a process does that the world outside can see.
type effect string

const (
	effectLedger effect = "ledger"
	effectSend   effect = "send"
	effectAsk    effect = "ask"
	effectResult effect = "result"
	effectDead   effect = "dead"
	effectReply  effect = "reply"
	effectAck    effect = "ack"
	effectNak    effect = "nak"
)

// parseNATS cuts off one operation of the client protocol.
func parseNATS(b []byte) (op []byte, subject string, e effect) {
	op, subject = nextOp(b)
	return op, subject, natsEffect(op, subject)
}

func natsEffect(op []byte, subject string) effect {
	for prefix, e := range map[string]effect{
		"$KV.": effectLedger, "otp.v1.result.": effectResult, "otp.v1.dead.": effectDead, "otp.v1.reply.": effectReply,
	} {
		if strings.HasPrefix(subject, prefix) {
			return e
		}
	}
	switch {
	case !strings.HasPrefix(subject, "$JS.ACK."):
		return ""
	case bytes.Contains(op, []byte("-NAK")):
		return effectNak
	}
	return effectAck
}

// parseHTTP relies on the client's writing a small request at once.
func parseHTTP(b []byte) (op []byte, subject string, e effect) {
	switch {
	case len(b) == 0:
		return nil, "", ""
	case bytes.HasPrefix(b, []byte("POST /otp/verification/sendRule ")):
		return b, "", effectSend
	case bytes.HasPrefix(b, []byte("POST /otp/verification/orderId/record ")):
		return b, "", effectAsk
	}
	return b, "", ""
}
