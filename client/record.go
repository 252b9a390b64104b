package client

import (
	"context"
	"errors"
)

const opRecord = "orderId/record"

var (
	errNoOrderID    = errors.New("orderId is empty")
	errOtherOrderID = errors.New("the record is another orderId's")
)

// State is how far a message has come.
type State string

const (
	// StateSending is accepted by the provider and not yet reported on.
	StateSending State = "sending"
	// StateSent is reported as delivered, or its code was already entered.
	StateSent State = "sent"
	// StateFailed is accepted by the provider and reported as undeliverable.
	StateFailed State = "failed"
)

// RecordByOrderIDRequest names the send to look up. Both fields are required.
type RecordByOrderIDRequest struct {
	AppID   string
	OrderID string
}

// Record is what the provider knows of an orderId.
type Record struct {
	// Found says that the provider accepted a send under this orderId. False
	// proves little: a send may stay invisible for a while, for how long is
	// not documented.
	Found bool

	// State sums up Messages: sent if any was, else sending if any still is,
	// else failed. "" if not Found.
	State State

	// OrderID is the provider's echo of it, "" if it made none.
	OrderID string

	// VerificationID is not on the provider's list of fields; "" as a rule.
	VerificationID string
	FlowID         string

	// Channel is sms, call or sna.
	Channel string

	// Matched is the verification's state, MatchedUnset if there was none.
	Matched int

	// Messages has one element for each message sent, at most 64.
	Messages []Message
}

// Message is one SMS or call of a Record.
type Message struct {
	Channel string
	State   State
}

// What Record.Matched can be.
const (
	MatchedUnset       = -2 // ours: the answer did not say
	MatchedNotVerified = -1
	MatchedVerified    = 0
	MatchedSending     = 1
	MatchedWrongCode   = 2
	MatchedNoSuchID    = 3
)

// RecordByOrderID asks whether a send was accepted, for a caller that lost its
// answer. What an unknown orderId is answered with is not documented: status
// -24 or -22, empty data and matched 3 all give Found false and no error
// (provider page: /api/otp/verificationOrderIdRcd). Other failures are the
// same errors as SendRule's.
func (c *Client) RecordByOrderID(ctx context.Context, r RecordByOrderIDRequest) (Record, error) {
	if r.OrderID == "" {
		return Record{}, &NotSentError{Op: opRecord, Err: errNoOrderID}
	}
	data, err := c.call(ctx, opRecord, c.recordURL, r.encode())
	if isNotFound(err) {
		return Record{Matched: MatchedUnset}, nil
	}
	if err != nil {
		return Record{}, err
	}
	rec := decodeRecord(data)
	if rec.OrderID != "" && rec.OrderID != r.OrderID {
		return Record{}, &UnknownError{Op: opRecord, HTTPStatus: 200, Err: errOtherOrderID}
	}
	return rec, nil
}

func (r RecordByOrderIDRequest) encode() []byte {
	b := make([]byte, 0, 128)
	b = appendString(append(b, `{"appId":`...), r.AppID)
	b = appendString(append(b, `,"orderId":`...), r.OrderID)
	return append(b, '}')
}

func isNotFound(err error) bool {
	refused, ok := errors.AsType[*RefusedError](err)
	return ok && (refused.Status == "-24" || refused.Status == "-22")
}
