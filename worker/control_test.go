package worker_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/otpworker/otpworker/schema"
	"github.com/otpworker/otpworker/worker"
)

// The negative controls: the model with one guard taken away must show what the
// guard is there for, or the model proves nothing.
func TestModelWithoutAGuard(t *testing.T) {
	for name, c := range map[string]struct {
		without func(*model)
		shows   func(score) int
	}{
		"question: the provider knows of nothing, at once": {func(m *model) {
			m.odds.late = 1000 * time.Hour
			m.change = func(s *setup) { s.worker.Grace = 0 }
		}, duplicates},
		"grace: the provider is asked at the end of the call": {func(m *model) {
			m.change = func(s *setup) { s.worker.Grace = 0 }
		}, duplicates},
		"ledger": {func(m *model) {
			m.repeats = 50
			m.change = func(s *setup) { s.worker.Ledger = worker.Off }
		}, duplicates},
		"compare-and-set: claims overwrite each other": {func(m *model) {
			m.repeats = 50
			m.gates = withoutHeader("$KV.", "Nats-Expected-Last-Subject-Sequence")
		}, duplicates},
		"look at the clock before the write": {func(m *model) {
			m.at, m.crashes, m.freezes = effectSend, 0, 20
			m.gates = func(g *gate) { g.stale = true }
		}, duplicates},
		"look at the clock before the write, short codes": {func(m *model) {
			m.at, m.crashes, m.freezes = effectSend, 0, 20
			m.ttl = 40
			m.gates = func(g *gate) { g.stale = true }
		}, func(s score) int { return s.late }},
		"message id of results": {func(m *model) {
			m.at, m.crashes, m.freezes = effectLedger, 40, 0 // between the result and the memo
			m.gates = withoutHeader("otp.v1.result.", "Nats-Msg-Id")
		}, func(s score) int { return s.twice }},
	} {
		t.Run(name, func(t *testing.T) {
			m := fullModel(7, size(600, 200))
			c.without(&m)
			s := m.run(t)
			if c.shows(s) == 0 {
				t.Errorf("the model shows nothing without it: %s", s.audit)
			}
			t.Logf("without it: %d duplicate, %d late, %d twice", s.duplicate, s.late, s.twice)
		})
	}
}

func duplicates(s score) int { return s.duplicate }

// An ack that is lost and not confirmed repeats the job after its AckWait; one
// that is confirmed is noticed and sent again. (The ledger keeps even the
// repeat from sending: only the work is done twice.)
func TestLostAcksAreNoticed(t *testing.T) {
	for name, c := range map[string]struct {
		plain   bool
		repeats bool
	}{
		"confirmed":                 {false, false},
		"plain, a negative control": {true, true},
	} {
		t.Run(name, func(t *testing.T) {
			const jobs = 500
			inWorld(t, nil, func(t *testing.T, w *world) {
				acks := &fakeAcks{plain: c.plain}
				w.gates = func(g *gate) { g.meddle = acks.pass }
				w.start("w1")
				for i := range jobs {
					w.enqueue(schema.LaneInteractive, "app1", job(fmt.Sprintf("j%d", i), goodNumber))
				}
				w.emptied(5 * time.Minute)
				if a := w.audit(); !a.clean() || a.jobs != jobs {
					t.Error(a)
				}
				repeats := len(w.seen(worker.KindTaken, "")) - jobs
				t.Logf("%d acks lost, %d jobs handled again", acks.lost, repeats)
				if acks.lost == 0 || (repeats > 0) != c.repeats {
					t.Errorf("%d acks lost, %d jobs handled again", acks.lost, repeats)
				}
			})
		})
	}
}

// fakeAcks loses every tenth ack. With plain acks the worker believes that each
// has arrived.
type fakeAcks struct {
	plain      bool
	seen, lost int
}

func (f *fakeAcks) pass(op []byte, subject string) []byte {
	if natsEffect(op, subject) != effectAck {
		return op
	}
	f.seen++
	lose := f.seen%10 == 0
	if lose {
		f.lost++
	}
	words := strings.Fields(string(op)) // PUB subject reply 4 +ACK
	switch {
	case !f.plain && lose:
		return nil
	case !f.plain:
		return op
	}
	confirmation := "PUB " + words[2] + " 0\r\n\r\n"
	if lose {
		return []byte(confirmation)
	}
	return []byte("PUB " + subject + " 4\r\n+ACK\r\n" + confirmation)
}

// The controls that change what happens rather than take a guard away, with
// the guard in place: nothing is found.
func TestModelFrozenBeforeEachWrite(t *testing.T) {
	for _, ttl := range []int{0, 40} {
		m := fullModel(7, size(600, 200))
		m.at, m.crashes, m.freezes, m.ttl = effectSend, 0, 20, ttl
		if s := m.run(t); !s.clean() {
			t.Error(s.audit)
		}
	}
}

// withoutHeader has the broker not see a header of what is published on
// subjects with the prefix.
func withoutHeader(prefix, header string) func(*gate) {
	return func(g *gate) {
		g.meddle = func(op []byte, subject string) []byte {
			if !bytes.HasPrefix([]byte(subject), []byte(prefix)) {
				return op
			}
			return bytes.Replace(op, []byte("\n"+header), []byte("\nX"+header[1:]), 1)
		}
	}
}
