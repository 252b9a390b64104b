package client

import (
	"context"
	"errors"
	"net/http"

	"github.com/otpworker/otpworker/schema/plain"
	"github.com/otpworker/otpworker/schema/redact"
)

const (
	opRecord     = "orderId/record"
	opRecordByID = "record"
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

// Record is what the provider knows of an orderId or a verificationId.
type Record struct {
	// Found says that the provider accepted a send under this id. False proves
	// little: a send may stay invisible for a while, for how long is not
	// documented.
	Found bool `json:"found"`

	// State sums up Messages: sent if any was, else sending if any still is,
	// else failed. "" if not Found.
	State State `json:"state,omitempty"`

	// OrderID is the provider's echo of it, "" if it made none.
	OrderID string `json:"orderId,omitempty"`

	// VerificationID is not on the list of fields of the record by orderId; ""
	// there as a rule.
	VerificationID string `json:"verificationId,omitempty"`
	FlowID         string `json:"flowId,omitempty"`

	// Channel is sms, call or sna.
	Channel string `json:"channel,omitempty"`

	// Matched is the verification's state, VerdictMissing if there was none.
	Matched Verdict `json:"matched"`

	// VerifiedDate is when the code was entered, as the provider writes it.
	VerifiedDate string `json:"verifiedDate,omitempty"`

	// Receiver is the number that it was sent to.
	Receiver redact.Phone `json:"oriReceiver,omitzero"`

	// Messages has one element for each message sent, at most 64.
	Messages []Message `json:"messages,omitempty"`
}

// RecordByOrderID asks whether a send was accepted, for a caller that lost its
// answer. What an unknown orderId is answered with is not documented: status
// -24 or -22, empty data and matched 3 all give Found false and no error
// (provider page: /api/otp/verificationOrderIdRcd). It changes nothing and can
// be repeated after any error. The errors are those of SendRule.
func (c *Client) RecordByOrderID(ctx context.Context, r RecordByOrderIDRequest) (Record, error) {
	if err := r.check().err(opRecord); err != nil {
		return Record{Matched: VerdictMissing}, err
	}
	x := exchange{op: opRecord, method: http.MethodPost, url: c.recordURL, body: r.encode()}
	rec, err := c.record(ctx, x)
	if err == nil && rec.OrderID != "" && rec.OrderID != r.OrderID {
		return Record{Matched: VerdictMissing}, unreadable(opRecord, errOtherID)
	}
	return rec, err
}

// RecordByVerificationID reads what became of a send. An id that the provider
// does not know gives Found false and no error, as with RecordByOrderID
// (provider page: /api/otp/verificationRecord). It changes nothing and can be
// repeated after any error. The errors are those of SendRule.
func (c *Client) RecordByVerificationID(ctx context.Context, verificationID string) (Record, error) {
	var f faults
	f.id("verificationId", verificationID)
	if err := f.err(opRecordByID); err != nil {
		return Record{Matched: VerdictMissing}, err
	}
	x := exchange{op: opRecordByID, method: http.MethodGet, url: c.at("verification", "record", verificationID)}
	rec, err := c.record(ctx, x)
	if err == nil && rec.VerificationID != "" && rec.VerificationID != verificationID {
		return Record{Matched: VerdictMissing}, unreadable(opRecordByID, errOtherID)
	}
	return rec, err
}

func (c *Client) record(ctx context.Context, x exchange) (Record, error) {
	data, err := c.call(ctx, x)
	switch {
	case isNotFound(err):
		return Record{Matched: VerdictMissing}, nil
	case err != nil:
		return Record{Matched: VerdictMissing}, err
	}
	return decodeRecord(data), nil
}

func (r RecordByOrderIDRequest) check() (f faults) {
	f.appID(r.AppID)
	f.length("orderId", r.OrderID, 1, 64)
	return f
}

func (r RecordByOrderIDRequest) encode() []byte {
	w := plain.Write(make([]byte, 0, 128))
	w.Text("appId", r.AppID)
	w.Text("orderId", r.OrderID)
	return w.End()
}

func isNotFound(err error) bool {
	refused, ok := errors.AsType[*RefusedError](err)
	return ok && (refused.Status == StatusNotFound || refused.Status == StatusInvalidParameter)
}
