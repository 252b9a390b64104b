package worker_test

import (
	"math/rand/v2"
	"testing"
	"time"

	"github.com/otpworker/otpworker/schema"
	"github.com/otpworker/otpworker/worker/queue"
)

// The promises hold for a batch that is paused, goes on and is cancelled while
// its workers crash and freeze and the provider loses answers; its status adds
// up whenever somebody looks, and its end is told once.
func TestBatchInTheModel(t *testing.T) {
	const rows = 1000
	m := fullModel(5, rows)
	inWorld(t, m.setup, func(t *testing.T, w *world) {
		d := &director{model: m, world: w, rand: rand.New(rand.NewPCG(m.seed, 1))}
		w.provider.misbehave(m.seed, m.odds)
		b, err := w.queue.CreateBatch(t.Context(), queue.Batch{ID: "spring", AppID: "app1", Rows: rows})
		if err != nil {
			t.Fatal(err)
		}
		d.drawFates()
		d.wake()
		chance := rand.New(rand.NewPCG(m.seed, 3))
		for n := range uint64(rows) {
			switch n {
			case rows * 3 / 10:
				w.move("spring", queue.BatchPaused)
			case rows * 4 / 10:
				w.move("spring", queue.BatchOpen)
			case rows * 8 / 10:
				w.move("spring", queue.BatchCancelled)
			}
			j := rowOf(b, n+1)
			if chance.IntN(20) == 0 {
				j.TTLSeconds = 5 + chance.IntN(30)
			}
			w.enqueueOn(b.App().Subject(), j)
			if n%10 == 0 {
				w.status("spring")
				time.Sleep(time.Second)
			}
		}
		w.emptied(time.Hour)
		s := w.finished("spring", time.Minute)
		d.rest()
		a := w.audit()
		if !a.clean() {
			t.Error(a)
		}
		for o, n := range s.Counts {
			if a.outcomes[o] != int(n) {
				t.Errorf("%d %s by the status, %d by the results", n, o, a.outcomes[o])
			}
		}
		cancelled := s.Reasons[schema.OutcomeExpired]["cancelled"]
		if n := len(w.ends()); n != 1 || cancelled < rows/10 || s.Counts[schema.OutcomeSent] < rows/4 {
			t.Errorf("%d ends, %d cancelled, %v", n, cancelled, s.Counts)
		}
		t.Logf("%d crashes, %d freezes: %v", d.crashed, d.frozen, s.Reasons)
	})
}
