package schema

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/otpworker/otpworker/schema/redact"
)

const rawJob = `{"id":"login-7f3a","code":"739154","to":"+8613800138000"}`

func deadLetter() DeadLetter {
	return DeadLetter{
		ID: "dead-12", JobID: "login-7f3a", Reason: "invalid", Outcome: OutcomeInvalid, Deliveries: 1,
		Faults:  []Fault{{"to", "must be digits only: drop the +"}},
		Subject: "otp.v1.job.batch.demo-app", Sequence: 12, Payload: redact.NewPayload([]byte(rawJob)), DiedAt: epoch,
	}
}

func TestDeadLetterCarriesThePayload(t *testing.T) {
	d := deadLetter()
	data, err := d.Encode()
	if err != nil {
		t.Fatal(err)
	}
	back, err := DecodeDeadLetter(data)
	if err != nil {
		t.Fatal(err)
	}
	if back.Payload.Reveal() != rawJob || back.PayloadBytes != len(rawJob) {
		t.Errorf("payload of %d bytes came back as %q", back.PayloadBytes, back.Payload.Reveal())
	}
	masked, err := json.Marshal(d)
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(masked), "739154") || !strings.Contains(string(masked), "bytes]") {
		t.Errorf("json.Marshal shows the payload: %s", masked)
	}
}

func TestDeadLetterCutsAnUnsealedPayload(t *testing.T) {
	long := redact.NewPayload([]byte(strings.Repeat("x", MaxBytes+1)))
	for sealed, want := range map[bool]int{false: MaxBytes, true: MaxBytes + 1} {
		d := deadLetter()
		d.Payload, d.Sealed = long, sealed
		data, err := d.Encode()
		if err != nil {
			t.Fatal(err)
		}
		back, err := DecodeDeadLetter(data)
		if err != nil {
			t.Fatal(err)
		}
		if got := len(back.Payload.Reveal()); got != want || back.PayloadBytes != MaxBytes+1 {
			t.Errorf("sealed %v: kept %d of %d bytes, want %d", sealed, got, back.PayloadBytes, want)
		}
		if err := back.Validate(); err != nil {
			t.Errorf("sealed %v: %v", sealed, err)
		}
	}
}

func TestDeadLetterValidate(t *testing.T) {
	for field, spoil := range map[string]func(*DeadLetter){
		"id":           func(d *DeadLetter) { d.ID = "" },
		"jobId":        func(d *DeadLetter) { d.JobID = "a b" },
		"appId":        func(d *DeadLetter) { d.AppID = "abc" },
		"lane":         func(d *DeadLetter) { d.Lane = "fast" },
		"reason":       func(d *DeadLetter) { d.Reason = "" },
		"outcome":      func(d *DeadLetter) { d.Outcome = "dead" },
		"attempts":     func(d *DeadLetter) { d.Attempts = -1 },
		"deliveries":   func(d *DeadLetter) { d.Deliveries = -1 },
		"payload":      func(d *DeadLetter) { d.Payload = redact.NewPayload(make([]byte, MaxBytes+1)) },
		"payloadBytes": func(d *DeadLetter) { d.PayloadBytes = -1 },
		"diedAt":       func(d *DeadLetter) { d.DiedAt = epoch.AddDate(9000, 0, 0) },
	} {
		d := deadLetter()
		spoil(&d)
		faults, _ := errors.AsType[Faults](d.Validate())
		if !faults.On(field) || len(faults) != 1 {
			t.Errorf("got %v, want one fault on %s", faults, field)
		}
	}
}

func TestDecodeDeadLetterRefuses(t *testing.T) {
	for _, data := range []string{"", "[]", `{"payload":"*"}`, `{"sequence":-1}`} {
		if _, err := DecodeDeadLetter([]byte(data)); err == nil {
			t.Errorf("%q decodes", data)
		}
	}
}
