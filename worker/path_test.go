package worker_test

import (
	"testing"
	"time"

	"github.com/otpworker/otpworker/schema"
)

func TestOneJobIsSent(t *testing.T) {
	inVirtualTime(t, nil, func(r *rig) {
		r.startWorker()
		r.publish(job("j1", goodNumber))
		results := r.await(1, time.Minute)
		want(t, results["j1"], schema.OutcomeSent, "sent", 1)
		if results["j1"].VerificationID == "" {
			t.Error("no verification id")
		}
		r.drained()
		r.onceEach()
	})
}
