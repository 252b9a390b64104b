package worker_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/otpworker/otpworker/client"
	"github.com/otpworker/otpworker/schema"
	"github.com/otpworker/otpworker/worker"
)

// A scripted provider answers as a test says and counts what it accepted. Asked
// for a record, it knows one once it has accepted.
type scripted struct {
	calls, accepted atomic.Int64
	answer          func(ctx context.Context, call int64) error
}

func (p *scripted) SendRule(ctx context.Context, _ client.SendRuleRequest) (client.SendRuleResponse, error) {
	return client.SendRuleResponse{VerificationID: "1"}, p.answer(ctx, p.calls.Add(1))
}

func (p *scripted) RecordByOrderID(context.Context, client.RecordByOrderIDRequest) (client.Record, error) {
	return client.Record{Found: p.accepted.Load() > 0}, nil
}

// lost accepts the send and loses its answer.
func (p *scripted) lost() error {
	p.accepted.Add(1)
	return &client.UnknownError{Op: "sendRule", Err: errors.New("answer lost")}
}

func refusal(status string) error {
	return &client.RefusedError{Op: "sendRule", HTTPStatus: 200, Status: status}
}

// startSecond runs another worker beside the rig's.
func (r *rig) startSecond(p worker.Provider) (stop func()) {
	r.t.Helper()
	cfg := r.setup.worker
	cfg.Name, cfg.Observe = "w2", r.observe
	w, err := worker.New(cfg, r.queue, p)
	if err != nil {
		r.t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- w.Run(ctx) }()
	return func() {
		cancel()
		if err := <-done; err != nil {
			r.t.Errorf("run second worker: %v", err)
		}
	}
}

// noFalseResult fails the test if the provider accepted and the result says
// otherwise.
func (r *rig) noFalseResult(p *scripted) {
	r.t.Helper()
	result := r.results()["j1"]
	if n := p.accepted.Load(); n != 1 || result.Outcome != schema.OutcomeSent {
		r.t.Errorf("%d sends accepted, result %s (%s)", n, result.Outcome, result.Reason)
	}
}

// A worker that was frozen in its call wakes after lease and expiry. It must not
// say "expired" of a job that another worker has sent meanwhile.
func TestStaleDeliveryGivesNoResult(t *testing.T) {
	inVirtualTime(t, nil, func(t *testing.T, r *rig) {
		frozen := &scripted{answer: func(context.Context, int64) error {
			time.Sleep(36 * time.Second)
			return &client.ThrottledError{Op: "sendRule", HTTPStatus: 429}
		}}
		awake := &scripted{}
		awake.answer = func(ctx context.Context, _ int64) error {
			<-ctx.Done()
			return awake.lost()
		}
		r.startWorkerWith(frozen)
		j := job("j1", goodNumber)
		j.TTLSeconds = 35
		r.publish(j)
		time.Sleep(time.Second)
		stop := r.startSecond(awake)
		time.Sleep(5 * time.Minute)
		stop()
		r.noFalseResult(awake)
	})
}

// A worker dies after "rejected" was stored and before the ack. The next one
// must not send: the result says that nothing was.
func TestCrashAfterRejected(t *testing.T) {
	inVirtualTime(t, func(s *setup) { s.worker.DrainTimeout = 0 }, func(t *testing.T, r *rig) {
		wire := r.makeLossy()
		p := &scripted{}
		p.answer = func(_ context.Context, call int64) error {
			if call == 1 {
				wire.losing("$JS.ACK.")
				return refusal("-28")
			}
			p.accepted.Add(1)
			return nil
		}
		r.startWorkerWith(p)
		r.publish(job("j1", goodNumber))
		time.Sleep(time.Second)
		r.stopWorker()
		wire.losing("")
		r.startWorkerWith(p)
		time.Sleep(3 * time.Minute)
		if n := p.accepted.Load(); n != 0 || r.results()["j1"].Outcome != schema.OutcomeRejected {
			t.Errorf("%d sends accepted under the result %s", n, r.results()["j1"].Outcome)
		}
		r.drained()
	})
}

// A question that is answered says nothing about the account's money: only a
// send does, one per open period.
func TestQuestionsDoNotCloseTheAccount(t *testing.T) {
	const asked = 8
	inVirtualTime(t, func(s *setup) { s.worker.AccountOpen = 5 * time.Second }, func(t *testing.T, r *rig) {
		start := time.Now()
		p := &scripted{}
		p.answer = func(_ context.Context, call int64) error {
			switch {
			case call <= asked:
				return p.lost()
			case time.Since(start) < time.Minute:
				return refusal("-10")
			}
			return nil
		}
		r.startWorkerWith(p)
		for i := range asked {
			r.publish(job(fmt.Sprintf("u%d", i), goodNumber))
			time.Sleep(2 * time.Second)
		}
		for i := range 100 {
			r.publish(job(fmt.Sprintf("j%d", i), goodNumber))
		}
		r.await(100+asked, 10*time.Minute)
		for _, e := range r.seen(worker.KindBreaker, "") {
			if e.Scope == worker.ScopeAccount && e.To == "closed" && e.Time.Sub(start) < time.Minute {
				t.Errorf("the account's breaker closed after %s", e.Time.Sub(start))
			}
		}
	})
}

// A question does not wait behind the hold of its app.
func TestQuestionPassesAnAppOnHold(t *testing.T) {
	inVirtualTime(t, nil, func(t *testing.T, r *rig) {
		p := &scripted{}
		p.answer = func(_ context.Context, call int64) error {
			if call == 1 {
				return p.lost()
			}
			return refusal("-27")
		}
		r.startWorkerWith(p)
		start := time.Now()
		j := job("j1", goodNumber)
		j.TTLSeconds = 60
		r.publish(j)
		time.Sleep(time.Second)
		for i := range 40 {
			r.publish(job(fmt.Sprintf("held%d", i), goodNumber))
		}
		time.Sleep(20 * time.Second)
		asked := r.seen(worker.KindAsked, "j1")
		if len(asked) != 1 || asked[0].Time.Sub(start) > 20*time.Second {
			t.Errorf("asked %d times within 21s", len(asked))
		}
		r.noFalseResult(p)
	})
}

// After an outage of all workers that outlives the ledger, a job that was
// delivered before is asked about.
func TestOutageLongerThanTheLedger(t *testing.T) {
	inVirtualTime(t, func(s *setup) { s.worker.DrainTimeout = 0 }, func(t *testing.T, r *rig) {
		p := &scripted{}
		p.answer = func(context.Context, int64) error {
			p.accepted.Add(1)
			panic("power off")
		}
		r.startWorkerWith(p)
		r.publish(job("j1", goodNumber))
		time.Sleep(time.Second)
		r.stopWorker()
		time.Sleep(3 * time.Hour)
		r.startWorkerWith(p)
		time.Sleep(time.Minute)
		r.noFalseResult(p)
	})
}

// The poison count's key can be no job's.
func TestStartsKeyIsNoJobs(t *testing.T) {
	j := job("5", goodNumber)
	j.AppID = "=starts"
	if err := j.Validate(); err == nil || !strings.Contains(err.Error(), "appId") {
		t.Errorf("an app may be called =starts: %v", err)
	}
}
