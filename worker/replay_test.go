package worker_test

import (
	"testing"
	"time"

	"github.com/otpworker/otpworker/schema"
	"github.com/otpworker/otpworker/schema/redact"
	"github.com/otpworker/otpworker/worker"
	"github.com/otpworker/otpworker/worker/queue"
)

// However often letters of one job are replayed, it is sent once: within ten
// minutes the job stream knows the id, later the ledger does.
func TestReplayTwiceSendsOnce(t *testing.T) {
	inVirtualTime(t, nil, func(t *testing.T, r *rig) {
		r.startWorker()
		first := job("login-1", goodNumber)
		first.CreatedAt, first.TTLSeconds = time.Now(), 3600
		var sent string
		for seq, wait := range []time.Duration{0, time.Minute, 20 * time.Minute, 20 * time.Minute} {
			time.Sleep(wait)
			r.buryJob(first)
			done, err := r.queue.Replay(t.Context(), uint64(seq+1), queue.Replay{SendUnknown: true})
			if err != nil {
				t.Fatal(err)
			}
			if sent == "" {
				sent = done.JobID
			}
			if done.JobID != sent {
				t.Errorf("replay %d is job %s, want %s", seq, done.JobID, sent)
			}
			time.Sleep(time.Minute)
		}
		r.drained()
		if s := r.box.Stats(); s.Accepted != 1 {
			t.Errorf("sent %d times", s.Accepted)
		}
		for _, e := range r.seen(worker.KindResult, "") {
			want(t, e.Result, schema.OutcomeSent, "sent", 1)
		}
		r.onceEach()
	})
}

// buryJob writes a letter as a worker does that does not know what became of a
// job.
func (r *rig) buryJob(j schema.Job) {
	r.t.Helper()
	data, err := j.Encode()
	if err != nil {
		r.t.Fatal(err)
	}
	err = r.queue.PublishDead(r.t.Context(), schema.DeadLetter{
		ID: "dead-" + j.ID + time.Now().Format("-150405"), JobID: j.ID, AppID: j.AppID, Lane: schema.LaneInteractive,
		Reason: "poison", Outcome: schema.OutcomeUnknown, Payload: redact.NewPayload(data), DiedAt: time.Now(),
	})
	if err != nil {
		r.t.Fatal(err)
	}
}
