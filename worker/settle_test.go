package worker

import (
	"context"
	"testing"
	"time"
	"unsafe"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/otpworker/otpworker/schema"
)

// A givenBack counts how often it was given back.
type givenBack struct {
	jetstream.Msg
	naks int
}

func (m *givenBack) NakWithDelay(time.Duration) error {
	m.naks++
	return nil
}

// A fakeCount is a bucket that counts writes which nothing guards.
type fakeCount struct {
	fakeBucket
	puts int
}

func (b *fakeCount) Set(context.Context, string, []byte) error {
	b.puts++
	return nil
}

// held is a delivery that is surely ours for so long still.
func held(lease time.Duration) (*delivery, *givenBack) {
	msg := &givenBack{}
	d := decoded(jobSubject, `{"id":"j1","appId":"app1","code":"739154","to":"8613800138000"}`, "")
	d.msg, d.lease, d.expiresAt = msg, time.Now().Add(lease), time.Now().Add(time.Minute)
	return d, msg
}

func expired() schema.Result { return schema.Result{JobID: "j1", Outcome: schema.OutcomeExpired} }

// A delivery that may be another worker's by now is not given back: the nak
// would disturb that worker.
func TestStaleDeliveryIsNotGivenBack(t *testing.T) {
	for lease, naks := range map[time.Duration]int{time.Second: 1, -time.Millisecond: 0} {
		d, msg := held(lease)
		claimer(&fakeBucket{}).giveBack(d, 0)
		if msg.naks != naks {
			t.Errorf("lease %s: given back %d times, want %d", lease, msg.naks, naks)
		}
	}
}

// Nothing is called when the delivery could be lost before the call would end.
func TestNoCallOnAShortLease(t *testing.T) {
	for extra, want := range map[time.Duration]bool{time.Second: true, -time.Second: false} {
		w := claimer(&fakeBucket{})
		d, _ := held(w.cfg.CallTimeout + extra)
		if _, due := w.due(d); due != want {
			t.Errorf("%s more than a call takes: due %v", extra, due)
		}
	}
}

// A job whose time is over gets its result on any lease.
func TestExpiredOnAShortLease(t *testing.T) {
	w := claimer(&fakeBucket{})
	d, _ := held(time.Millisecond)
	d.expiresAt = time.Now().Add(-time.Second)
	if next, due := w.due(d); due || next.do != conclude || next.outcome != schema.OutcomeExpired {
		t.Errorf("due %v: %s %s", due, next.do, next.outcome)
	}
}

// A "sent" that comes after the lease is reported only if nobody else went on
// with the job meanwhile.
func TestLateSentNeedsTheLedger(t *testing.T) {
	sent := schema.Result{JobID: "j1", Outcome: schema.OutcomeSent}
	for name, c := range map[string]struct {
		lease    time.Duration
		revision uint64
		want     bool
	}{
		"in time":                 {time.Minute, 7, true},
		"in time, whoever writes": {time.Minute, 6, true},
		"late, nobody else":       {-time.Minute, 7, true},
		"late, somebody else":     {-time.Minute, 6, false},
	} {
		d, msg := held(c.lease)
		d.revision = c.revision
		bucket := (&fakeBucket{}).holding(entry{State: stateClaimed, Nonce: "n", Attempts: 1})
		if got := claimer(bucket).final(t.Context(), d, sent); got != c.want || msg.naks != 0 {
			t.Errorf("%s: %v, given back %d times", name, got, msg.naks)
		}
	}
}

// An expiry is not reported on the word of a read alone: the entry that it did
// not show makes the job come back, to be looked at again.
func TestExpiryOfAJobThatSomebodyClaimed(t *testing.T) {
	bucket := (&fakeBucket{}).holding(entry{State: stateClaimed, Nonce: "n", Attempts: 1})
	d, msg := held(10 * time.Second)
	if claimer(bucket).final(t.Context(), d, expired()) {
		t.Error("the job is called expired while another worker sends it")
	}
	if msg.naks != 1 {
		t.Errorf("given back %d times", msg.naks)
	}
	d, _ = held(10 * time.Second)
	if !claimer(&fakeBucket{}).final(t.Context(), d, expired()) || d.entry.State != stateDone {
		t.Error("a job that nobody claimed has no result")
	}
}

// A start that ends in silence has its end: it must not count as a crash.
func TestSilenceIsAnEnd(t *testing.T) {
	bucket := &fakeCount{}
	w := claimer(&bucket.fakeBucket)
	w.ledger.bucket, w.settling = bucket, t.Context()
	d, _ := held(-time.Millisecond)
	d.counted = true
	if w.final(t.Context(), d, expired()) {
		t.Error("a stale delivery has the last word")
	}
	if bucket.puts != 1 {
		t.Errorf("the start was ended %d times", bucket.puts)
	}
}

// The lease ends while a machine is suspended, although the monotonic clock
// stands still then.
func TestLeaseEndsOnASuspendedMachine(t *testing.T) {
	d, _ := held(-time.Minute)
	if !d.lease.Before(time.Now()) {
		t.Fatal("the lease is not over")
	}
	// The second word of a time.Time is its monotonic reading, in nanoseconds.
	monotonic := (*int64)(unsafe.Add(unsafe.Pointer(&d.lease), unsafe.Sizeof(uint64(0))))
	*monotonic += int64(time.Hour)
	if !d.lease.After(time.Now()) {
		t.Fatal("the monotonic clock does not stand still: nothing is shown")
	}
	if d.leased(0) {
		t.Error("the delivery is still ours after the suspension")
	}
}

// A job that may have been sent waits longer for its first question than for
// an answer to one: an unknown that nobody asked about could be known.
func TestGivingUpNeedsAQuestion(t *testing.T) {
	for name, c := range map[string]struct {
		asked int
		after time.Duration
		want  action
	}{
		"asked, its minute is over":    {1, askUntil + time.Second, conclude},
		"asked, its minute is not":     {1, askUntil - time.Second, hold},
		"never asked":                  {0, askUntil + time.Second, hold},
		"never asked, and for so long": {0, askUntil + askAtLast + time.Second, conclude},
	} {
		d, _ := held(time.Minute)
		d.open, d.entry.Asked = true, c.asked
		d.expiresAt = time.Now().Add(-c.after)
		d.queuedAt = d.expiresAt.Add(-time.Minute)
		next := claimer(&fakeBucket{}).orGiveUp(d, decision{do: hold, delay: time.Second})
		if next.do != c.want || next.do == conclude && next.outcome != schema.OutcomeUnknown {
			t.Errorf("%s: %s %s, want %s", name, next.do, next.outcome, c.want)
		}
	}
}
