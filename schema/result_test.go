package schema

import (
	"errors"
	"testing"
	"time"
)

func sentResult() Result {
	return Result{
		ID: ResultID("login-7f3a"), JobID: "login-7f3a", AppID: "demo-app", Lane: LaneInteractive,
		Outcome: OutcomeSent, Reason: "sent", Status: "0", VerificationID: "v-1", Channel: ChannelSMS,
		Attempts: 1, Timings: Timings{Queued: 3, Provider: 120, Total: 125}, CompletedAt: epoch, Worker: "w-1",
	}
}

func TestResultValidate(t *testing.T) {
	if err := sentResult().Validate(); err != nil {
		t.Fatal(err)
	}
	for field, spoil := range map[string]func(*Result){
		"id":          func(r *Result) { r.ID = "" },
		"jobId":       func(r *Result) { r.JobID = "a b" },
		"appId":       func(r *Result) { r.AppID = "" },
		"lane":        func(r *Result) { r.Lane = "fast" },
		"outcome":     func(r *Result) { r.Outcome = "delivered" },
		"reason":      func(r *Result) { r.Reason = "Out of money" },
		"channel":     func(r *Result) { r.Channel = "fax" },
		"attempts":    func(r *Result) { r.Attempts = -1 },
		"timings":     func(r *Result) { r.Timings.Held = -1 },
		"completedAt": func(r *Result) { r.CompletedAt = time.Time{} },
		"batchId":     func(r *Result) { r.BatchID = "a.b" },
		"metadata":    func(r *Result) { r.Metadata = map[string]string{"": ""} },
		"faults":      func(r *Result) { r.Faults = []Fault{{"to", "is missing"}} },
	} {
		r := sentResult()
		spoil(&r)
		faults, _ := errors.AsType[Faults](r.Validate())
		if !faults.On(field) || len(faults) != 1 {
			t.Errorf("got %v, want one fault on %s", faults, field)
		}
	}
}

func TestInvalidResultNeedsFaultsAndNothingElse(t *testing.T) {
	r := Result{ID: ResultID("seq-12"), Outcome: OutcomeInvalid, CompletedAt: epoch}
	if faults, _ := errors.AsType[Faults](r.Validate()); !faults.On("faults") || len(faults) != 1 {
		t.Errorf("got %v, want a fault on faults", faults)
	}
	r.Faults = []Fault{{"document", "must be a JSON object"}}
	if err := r.Validate(); err != nil {
		t.Error(err)
	}
}

func TestDecodeResultRefuses(t *testing.T) {
	for _, data := range []string{"", "[]", `{"attempts":"1"}`, `{"completedAt":"today"}`} {
		if _, err := DecodeResult([]byte(data)); err == nil {
			t.Errorf("%q decodes", data)
		}
	}
}
