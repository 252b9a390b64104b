package telemetry

import (
	"testing"
	"time"

	"github.com/otpworker/otpworker/schema"
)

// A job that was published twice is sent once, and the ledger gets the credit.
func TestMetricsOfGuards(t *testing.T) {
	inVirtualTime(t, nil, func(t *testing.T, r *rig) {
		r.publish(schema.LaneInteractive, job("j1", goodNumber))
		r.await(time.Minute, "j1")
		time.Sleep(11 * time.Minute) // the broker has forgotten the message id
		r.publish(schema.LaneInteractive, job("j1", goodNumber))
		time.Sleep(time.Minute)
		r.moves(1, mPrevented, "guard", "done")
		if n := len(r.box.Sends("j1")); n != 1 {
			t.Errorf("%d sends", n)
		}
	})
}

// What another worker has left in the ledger.
func TestMetricsOfGuardsInTheLedger(t *testing.T) {
	for guard, entry := range map[string]string{
		"claim": `{"state":"claimed","nonce":"n1","worker":"w0","attempts":1}`,
		"told":  `{"state":"done","attempts":1,"told":true,"seq":1,"result":{"id":"res-j1","jobId":"j1","appId":"app1","lane":"interactive","outcome":"sent","attempts":1}}`,
	} {
		t.Run(guard, func(t *testing.T) {
			inVirtualTime(t, nil, func(t *testing.T, r *rig) {
				r.note("app1.j1", entry)
				r.publish(schema.LaneInteractive, job("j1", goodNumber))
				time.Sleep(2 * time.Minute)
				r.moves(1, mPrevented, "guard", guard)
				r.moves(1, mPrevented)
			})
		})
	}
}

// A job that has killed its worker too often is not sent again.
func TestMetricsOfPoison(t *testing.T) {
	inVirtualTime(t, nil, func(t *testing.T, r *rig) {
		r.note("=starts.1", `{"open":5}`)
		r.closeProvider()
		r.publish(schema.LaneInteractive, job("j1", goodNumber))
		time.Sleep(time.Minute) // the third delivery is counted
		r.openProvider()
		r.await(time.Minute, "j1")
		r.moves(1, mPrevented, "guard", "poison")
		r.moves(1, mJobs, "outcome", "unknown", "reason", "poison")
	})
}

// note writes an entry into the ledger.
func (r *rig) note(key, entry string) {
	r.t.Helper()
	bucket, err := r.queue.LedgerBucket(r.t.Context())
	if err == nil {
		_, err = bucket.Put(r.t.Context(), key, []byte(entry))
	}
	if err != nil {
		r.t.Fatal(err)
	}
}

// A result that the broker has already is stored once.
func TestMetricsOfRepeatedResults(t *testing.T) {
	inVirtualTime(t, nil, func(t *testing.T, r *rig) {
		result := schema.Result{ID: "res-j1", JobID: "j1", AppID: "app1", Lane: schema.LaneBatch, Outcome: schema.OutcomeSent}
		for range 3 {
			if err := r.queue.PublishResult(t.Context(), result); err != nil {
				t.Fatal(err)
			}
		}
		r.metrics() // a reading counts them for the next one
		r.moves(2, mPrevented, "guard", "message_id")
	})
}
