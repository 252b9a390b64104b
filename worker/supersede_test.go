package worker_test

import (
	"errors"
	"fmt"
	"maps"
	"sync/atomic"
	"testing"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/otpworker/otpworker/client"
	"github.com/otpworker/otpworker/schema"
	"github.com/otpworker/otpworker/schema/redact"
	"github.com/otpworker/otpworker/worker"
	"github.com/otpworker/otpworker/worker/queue"
)

func superseding(s *setup) {
	s.worker.Supersede, s.worker.NumberKey = true, redact.NewSecret("a secret")
	s.worker.AppOpen = 5 * time.Second
}

// A gatekeeper answers the first call of an order otherwise than the later ones.
type gatekeeper struct {
	desk
	first map[string]error
	met   map[string]*atomic.Int64
}

// refusing has the first call of each of these orders end so.
func refusing(first map[string]error) *gatekeeper {
	g := &gatekeeper{first: first, met: map[string]*atomic.Int64{}}
	for order := range first {
		g.met[order] = &atomic.Int64{}
	}
	g.refuse = func(order string) error {
		if n := g.met[order]; n != nil && n.Add(1) == 1 {
			return g.first[order]
		}
		return nil
	}
	return g
}

var appFull = refusal("-27")

// wants fails the test unless these and no other jobs have these ends, "sent sent"
// or "expired superseded", and each that was sent was sent once.
func (r *rig) wants(p *desk, ends map[string]string) {
	r.t.Helper()
	r.await(len(ends), 2*time.Minute)
	time.Sleep(time.Second)
	got, sent := map[string]string{}, 0
	for id, result := range r.results() {
		got[id] = fmt.Sprintf("%s %s", result.Outcome, result.Reason)
	}
	for _, end := range ends {
		if end == "sent sent" {
			sent++
		}
	}
	if !maps.Equal(got, ends) {
		r.t.Errorf("got %v, want %v", got, ends)
	}
	if all, most := p.sent(); all != sent || most > 1 {
		r.t.Errorf("%d sends, %d of one order, want %d", all, most, sent)
	}
	r.drained()
}

const superseded, sent = "expired superseded", "sent sent"

// An older job that waits for its app learns that a newer one came, on either lane.
func TestNewerCancelsAHeldOne(t *testing.T) {
	inVirtualTime(t, superseding, func(t *testing.T, r *rig) {
		p := refusing(map[string]error{"old": appFull})
		r.startWorkerWith(p)
		r.batch(job("old", goodNumber))
		r.awaitAttempt("old")
		r.publish(job("new", goodNumber))
		r.wants(&p.desk, map[string]string{"old": superseded, "new": sent})
		if n := r.results()["old"].Attempts; n != 1 {
			t.Errorf("%d attempts", n)
		}
	})
}

func (r *rig) awaitAttempt(id string) {
	r.t.Helper()
	for range 200 {
		if len(r.seen(worker.KindAttempt, id)) > 0 {
			return
		}
		time.Sleep(50 * time.Millisecond)
	}
	r.t.Fatalf("job %s was not tried", id)
}

// Of jobs that are pulled together only the newest of a number is sent, whichever
// is handled first.
func TestNewestOfOnePull(t *testing.T) {
	inVirtualTime(t, superseding, func(t *testing.T, r *rig) {
		p := &desk{}
		ends := map[string]string{}
		for i := range 12 {
			number := fmt.Sprintf("861380013800%d", i%3)
			id := fmt.Sprintf("j%d", i)
			r.publish(job(id, number))
			ends[id] = superseded
			if i >= 9 {
				ends[id] = sent
			}
		}
		r.garble()
		ends["garbled"] = "invalid invalid"
		r.startWorkerWith(p)
		r.wants(p, ends)
		for id, result := range r.results() {
			if result.Timings.Total > 100 {
				t.Errorf("%s took %d ms", id, result.Timings.Total)
			}
		}
	})
}

// garble queues what is no job, under an id.
func (r *rig) garble() {
	r.t.Helper()
	r.js(func(js jetstream.JetStream) error {
		_, err := js.Publish(r.t.Context(), schema.JobSubject(schema.LaneInteractive, "app1"), []byte("{"), jetstream.WithMsgID("garbled"))
		return err
	})
}

// The older one waits in its slot at one worker, the newer one goes to another.
func TestNewerAtAnotherWorker(t *testing.T) {
	change := func(s *setup) {
		superseding(s)
		s.worker.InteractiveSlots, s.worker.RetryInitial = 1, 1500*time.Millisecond
	}
	inVirtualTime(t, change, func(t *testing.T, r *rig) {
		p := refusing(map[string]error{"old": &client.NotSentError{Op: "sendRule", Err: errors.New("connection refused")}})
		r.startWorkerWith(p)
		r.publish(job("old", goodNumber))
		r.awaitAttempt("old")
		stop := r.startSecond(p)
		r.publish(job("new", goodNumber))
		r.wants(&p.desk, map[string]string{"old": superseded, "new": sent})
		stop()
		if got := r.results(); got["old"].Worker != "w1" || got["new"].Worker != "w2" {
			t.Errorf("old at %s, new at %s", got["old"].Worker, got["new"].Worker)
		}
	})
}

// A worker takes the older one and is gone: when it is delivered again the newer
// one has been sent.
func TestNewerBeforeARedelivery(t *testing.T) {
	inVirtualTime(t, superseding, func(t *testing.T, r *rig) {
		p := &desk{}
		r.publish(job("old", goodNumber))
		r.takeAway()
		r.publish(job("new", goodNumber))
		r.startWorkerWith(p)
		r.wants(p, map[string]string{"old": superseded, "new": sent})
		if taken := r.seen(worker.KindTaken, "old"); len(taken) != 1 || taken[0].Delivery != 2 {
			t.Errorf("the older one was taken as %+v", taken)
		}
	})
}

// takeAway takes the next job as a worker does that dies then.
func (r *rig) takeAway() {
	r.t.Helper()
	c, err := r.queue.Consumer(r.t.Context(), queue.App{Lane: schema.LaneInteractive, ID: "app1"})
	if err != nil {
		r.t.Fatal(err)
	}
	batch, err := c.Poll(1)
	if err != nil {
		r.t.Fatal(err)
	}
	n := 0
	for range batch.Messages() {
		n++
	}
	if n != 1 {
		r.t.Fatalf("took %d jobs", n)
	}
}

// In an outage jobs wait in the queue, where no worker takes them: when the provider
// is back the older one is not sent first.
func TestNewerWaitsInTheQueue(t *testing.T) {
	inVirtualTime(t, superseding, func(t *testing.T, r *rig) {
		var back atomic.Bool
		p := &desk{refuse: func(string) error {
			if back.Load() {
				return nil
			}
			return &client.NotSentError{Op: "sendRule", Err: errors.New("connection refused")}
		}}
		r.startWorkerWith(p)
		for i := range 20 { // they open the breaker
			r.publish(job(fmt.Sprintf("other-%d", i), fmt.Sprintf("86138001380%02d", i+10)))
		}
		time.Sleep(2 * time.Second)
		r.publish(job("old", goodNumber))
		time.Sleep(5 * time.Second)
		r.publish(job("new", goodNumber))
		time.Sleep(2 * time.Second)
		back.Store(true)
		ends := map[string]string{"old": superseded, "new": sent}
		for i := range 20 {
			ends[fmt.Sprintf("other-%d", i)] = sent
		}
		r.wants(p, ends)
	})
}

// A job that waits for the rate in its slot looks once more before it is sent.
func TestNewerWhileItWaitsForTheRate(t *testing.T) {
	change := func(s *setup) {
		superseding(s)
		s.worker.AppRates = map[string]float64{"app1": 1.25}
	}
	inVirtualTime(t, change, func(t *testing.T, r *rig) {
		defer worker.LookEach(50 * time.Millisecond)()
		p := &desk{}
		r.startWorkerWith(p)
		r.publish(job("first", "8613800138001"))
		r.await(1, time.Minute)
		time.Sleep(3 * time.Second)
		r.publish(job("second", "8613800138001"))
		r.await(2, time.Minute)
		r.publish(job("old", goodNumber))
		time.Sleep(40 * time.Millisecond)
		r.publish(job("new", goodNumber))
		r.wants(p, map[string]string{"first": sent, "second": sent, "old": superseded, "new": sent})
	})
}

// What was sent stays sent.
func TestNewerAfterTheOlderWasSent(t *testing.T) {
	inVirtualTime(t, superseding, func(t *testing.T, r *rig) {
		p := &desk{}
		r.startWorkerWith(p)
		r.publish(job("old", goodNumber))
		r.await(1, time.Minute)
		r.publish(job("new", goodNumber))
		r.wants(p, map[string]string{"old": sent, "new": sent})
	})
}

// Of an older one that may have been sent the provider is asked: it is never called
// superseded.
func TestNewerThanAnUnclearOne(t *testing.T) {
	inVirtualTime(t, superseding, func(t *testing.T, r *rig) {
		p := &desk{lose: func(order string) bool { return order == "old" }}
		r.startWorkerWith(p)
		r.publish(job("old", goodNumber))
		time.Sleep(time.Second)
		r.publish(job("new", goodNumber))
		r.wants(p, map[string]string{"old": sent, "new": sent})
	})
}

// Nor is one whose order id the provider knows and does not show.
func TestNewerThanAKnownOrder(t *testing.T) {
	inVirtualTime(t, superseding, func(t *testing.T, r *rig) {
		p := &desk{refuse: func(order string) error {
			if order == "old" {
				return refusal("-20")
			}
			return nil
		}}
		r.startWorkerWith(p)
		old := job("old", goodNumber)
		old.TTLSeconds = 60
		r.publish(old)
		r.awaitAttempt("old")
		r.publish(job("new", goodNumber))
		r.wants(p, map[string]string{"old": "unknown data_exists", "new": sent})
	})
}

// Another number and another app are others' business.
func TestNewerForSomebodyElse(t *testing.T) {
	inVirtualTime(t, superseding, func(t *testing.T, r *rig) {
		p := &desk{}
		elsewhere := job("j3", goodNumber)
		elsewhere.AppID = "app2"
		r.publish(job("j1", goodNumber), job("j2", "8613800138001"), elsewhere)
		r.startWorkerWith(p)
		r.wants(p, map[string]string{"j1": sent, "j2": sent, "j3": sent})
	})
}

// The rows of a batch are jobs like others: of those for one number the last is sent,
// and the batch comes to its end.
func TestNewestOfABatch(t *testing.T) {
	inVirtualTime(t, superseding, func(t *testing.T, r *rig) {
		p := &desk{}
		b := r.fill("spring", "app1", 30, nil)
		r.startWorkerWith(p)
		s := r.finished(b.ID, time.Minute)
		if s.Counts[schema.OutcomeSent] != 1 || s.Reasons[schema.OutcomeExpired]["superseded"] != 29 {
			t.Errorf("got %v, %v", s.Counts, s.Reasons)
		}
		if result := r.results()["spring-30"]; result.Outcome != schema.OutcomeSent {
			t.Errorf("the last row is %s", result.Outcome)
		}
		all, _ := p.sent()
		r.publish(job("login", goodNumber))
		time.Sleep(time.Second)
		if now, _ := p.sent(); all != 1 || now != 2 {
			t.Errorf("%d sends, then %d", all, now)
		}
	})
}
