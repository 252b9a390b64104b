package sandbox

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/otpworker/otpworker/schema/redact"
)

// Send is one accepted send.
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

// idPrefix makes ids of 20 digits, as the provider's: more than 64 bits hold.
const idPrefix = "2220605144305"

// book remembers accepted sends, the oldest forgotten beyond limit.
type book struct {
	limit   int
	kept    []*verification // oldest first, numbered without a gap
	last    int64           // number of the last of kept
	byOrder map[string][]*verification
	expiry  fifo[time.Time]
}

func newBook(limit int) book {
	return book{limit: limit, byOrder: map[string][]*verification{}, expiry: newFIFO[time.Time](limit)}
}

func (b *book) of(orderID string) []*verification { return b.byOrder[orderID] }

// find returns the send of a verificationId, nil if there is none.
func (b *book) find(id string) *verification {
	digits, ok := strings.CutPrefix(id, idPrefix)
	number, err := strconv.ParseInt(digits, 10, 64)
	place := number - b.last + int64(len(b.kept)) - 1
	if !ok || err != nil || place < 0 || place >= int64(len(b.kept)) || b.kept[place].VerificationID != id {
		return nil
	}
	return b.kept[place]
}

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

// add numbers v and returns the send that was forgotten for it, if any.
func (b *book) add(v *verification) (forgotten *verification) {
	if len(b.kept) >= b.limit {
		forgotten = b.forgetOldest()
	}
	b.last++
	v.VerificationID = fmt.Sprintf(idPrefix+"%07d", b.last)
	b.kept = append(b.kept, v)
	b.byOrder[v.OrderID] = append(b.byOrder[v.OrderID], v)
	return forgotten
}

func (b *book) forgetOldest() *verification {
	oldest := b.kept[0]
	b.kept[0] = nil
	b.kept = b.kept[1:]
	same := b.byOrder[oldest.OrderID]
	same[0] = nil
	if len(same) == 1 {
		delete(b.byOrder, oldest.OrderID)
	} else {
		b.byOrder[oldest.OrderID] = same[1:]
	}
	return oldest
}
