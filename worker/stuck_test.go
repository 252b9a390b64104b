package worker_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/otpworker/otpworker/client/sandbox"
	"github.com/otpworker/otpworker/schema"
	"github.com/otpworker/otpworker/worker"
)

// While nothing is sent, because the account is refused or the provider is down,
// an app that waits for a short-lived job has its answer in time, however many
// others have jobs that live on.
func TestExpiredJobsAreAnsweredWhileNothingIsSent(t *testing.T) {
	for name, stop := range map[string]func(*rig){
		"account refused": func(r *rig) { r.box.SetFault(sandbox.Fault{Status: "-1"}) },
		"provider down":   func(r *rig) { r.closeProvider() },
	} {
		t.Run(name, func(t *testing.T) {
			inVirtualTime(t, nil, func(t *testing.T, r *rig) {
				defer worker.LookEach(80 * time.Millisecond)()
				r.startWorker()
				stop(r)
				for i := range 60 {
					j := job(fmt.Sprintf("j%d", i), goodNumber)
					j.AppID, j.TTLSeconds = fmt.Sprintf("long%d", i), 3600
					if i%2 == 0 {
						j.AppID, j.TTLSeconds = fmt.Sprintf("short%d", i), 5
					}
					r.publish(j)
				}
				expired := time.Now().Add(5 * time.Second)
				for id, result := range r.await(30, 30*time.Second) {
					if result.Outcome != schema.OutcomeExpired {
						t.Errorf("job %s: %s", id, result.Outcome)
					}
					if late := result.CompletedAt.Sub(expired); late > 3*time.Second {
						t.Errorf("job %s: answered %s after its expiry", id, late)
					}
				}
			})
		})
	}
}
