package sandbox

import (
	"fmt"
	"slices"
	"time"

	"github.com/otpworker/otpworker/schema/redact"
)

// Send is one accepted send: one message on somebody's phone.
type Send struct {
	VerificationID string
	AppID          string
	OrderID        string
	TemplateID     int64
	FlowID         int64
	Channel        string
	To             redact.Phone
	Code           redact.Code

	// At is when it was accepted, on our clock.
	At time.Time
}

// book remembers accepted sends, the oldest forgotten beyond limit.
type book struct {
	limit   int
	byOrder map[string][]Send
	order   []string // orderId of each remembered send, oldest first
	last    int64    // number of the last verificationId
	expiry  fifo[time.Time]
}

func newBook(limit int) book {
	return book{limit: limit, byOrder: map[string][]Send{}, expiry: newFIFO[time.Time](limit)}
}

func (b *book) of(orderID string) []Send { return slices.Clone(b.byOrder[orderID]) }

// repeated reports whether orderID was sent before. Sends without an orderId
// repeat nothing.
func (b *book) repeated(orderID string) bool {
	return orderID != "" && len(b.byOrder[orderID]) > 0
}

// late reports whether a send now is one after its code's expiry.
func (b *book) late(orderID string, now time.Time) bool {
	expiresAt, known := b.expiry.get(orderID)
	return known && !now.Before(expiresAt)
}

func (b *book) add(s Send) Send {
	if len(b.order) >= b.limit {
		b.forgetOldest()
	}
	b.last++
	// 20 digits, as the provider's: more than 64 bits hold.
	s.VerificationID = fmt.Sprintf("2220605144305%07d", b.last)
	b.byOrder[s.OrderID] = append(b.byOrder[s.OrderID], s)
	b.order = append(b.order, s.OrderID)
	return s
}

func (b *book) forgetOldest() {
	id := b.order[0]
	b.order = b.order[1:]
	if rest := b.byOrder[id][1:]; len(rest) > 0 {
		b.byOrder[id] = rest
		return
	}
	delete(b.byOrder, id)
}
