package schema

import (
	"errors"
	"strings"
	"testing"
)

func TestBatchSubjects(t *testing.T) {
	for got, want := range map[string]string{
		BatchJobSubject("demo-app", "spring-2026"):                               "otp.v1.job.batch.demo-app.spring-2026",
		BatchJobSubject("a.b", "b.>"):                                            "otp.v1.job.batch.unknown.unknown",
		BatchJobSubject("demo-app", strings.Repeat("b", 49)):                     "otp.v1.job.batch.demo-app.unknown",
		BatchResultSubject("demo-app", "spring", OutcomeExpired, "cancelled"):    "otp.v1.result.batch.demo-app.spring.expired.cancelled",
		BatchResultSubject("demo-app", "spring", OutcomeSent, ""):                "otp.v1.result.batch.demo-app.spring.sent.none",
		BatchResultSubject("demo-app", "spring", OutcomeSent, "No Reason"):       "otp.v1.result.batch.demo-app.spring.sent.none",
		BatchResultSubject("demo-app", "spring", "a.b", strings.Repeat("r", 65)): "otp.v1.result.batch.demo-app.spring.unknown.none",
		BatchResultSubjects("demo-app", "spring"):                                "otp.v1.result.batch.demo-app.spring.>",
		BatchEventSubject("demo-app", "spring"):                                  "otp.v1.event.batch.demo-app.spring",
		BatchEventSubject("", "*"):                                               "otp.v1.event.batch.unknown.unknown",
	} {
		if got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}

func TestParseBatchResult(t *testing.T) {
	o, reason, ok := ParseBatchResult(BatchResultSubject("demo-app", "spring", OutcomeExpired, "cancelled"))
	if o != OutcomeExpired || reason != "cancelled" || !ok {
		t.Errorf("got %s %s %v", o, reason, ok)
	}
	for _, other := range []string{ResultSubject(LaneBatch, "demo-app"), "otp.v1.result.interactive.demo-app.spring.sent.sent", ""} {
		if _, _, ok := ParseBatchResult(other); ok {
			t.Errorf("%q is a batch's result", other)
		}
	}
}

func TestBatchRow(t *testing.T) {
	for _, row := range []uint64{1, 17, 1_000_000} {
		if got, ok := BatchRow("spring-2026", BatchJobID("spring-2026", row)); got != row || !ok {
			t.Errorf("row %d: got %d %v", row, got, ok)
		}
	}
	for _, id := range []string{"spring-2026-0", "spring-2026-01", "spring-2026-+1", "spring-2026-", "spring-2026", "summer-1", "spring-2026-x", ""} {
		if row, ok := BatchRow("spring-2026", id); ok {
			t.Errorf("%s: is row %d", id, row)
		}
	}
	id := BatchJobID(strings.Repeat("b", 48), 999_999_999_999_999)
	if faults, _ := errors.AsType[Faults](Job{ID: id}.Validate()); faults.On("id") {
		t.Errorf("no job may be called %s", id)
	}
}

func TestCheckBatchID(t *testing.T) {
	for id, good := range map[string]bool{"b": true, strings.Repeat("b", 48): true, "": false, strings.Repeat("b", 49): false, "a.b": false, "a b": false} {
		if err := CheckBatchID(id); (err == nil) != good {
			t.Errorf("%q: got %v", id, err)
		}
	}
}
