package schema

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestResultCloudEvent(t *testing.T) {
	at := time.Date(2026, 1, 2, 15, 4, 5, 0, time.UTC)
	for name, c := range map[string]struct {
		result Result
		want   CloudEvent
	}{
		"sent": {
			Result{ID: ResultID("j1"), JobID: "j1", AppID: "demo-app", Outcome: OutcomeSent, CompletedAt: at},
			CloudEvent{ID: "res-j1", Source: "/otpworker/demo-app", Type: "io.github.otpworker.v1.result.sent", Subject: "j1", Time: at},
		},
		"invalid, without an id and an app": {
			Result{ID: ResultID("seq-7"), Outcome: OutcomeInvalid, CompletedAt: at},
			CloudEvent{ID: "res-seq-7", Source: "/otpworker/unknown", Type: "io.github.otpworker.v1.result.invalid", Time: at},
		},
		"what is none": {
			Result{ID: "x", AppID: "a/b c", Outcome: "lost"},
			CloudEvent{ID: "x", Source: "/otpworker/unknown", Type: "io.github.otpworker.v1.result.unknown"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(c.want, c.result.CloudEvent()); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}
