package schema

import (
	"errors"
	"testing"
)

func TestSubjects(t *testing.T) {
	for got, want := range map[string]string{
		JobSubject(LaneBatch, "demo-app"):      "otp.v1.job.batch.demo-app",
		ResultSubject(LaneInteractive, "demo"): "otp.v1.result.interactive.demo",
		DeadSubject("invalid"):                 "otp.v1.dead.invalid",
		LaneSubjects(LaneInteractive):          "otp.v1.job.interactive.>",
		ResultSubject("fast", "a.b"):           "otp.v1.result.unknown.unknown",
		ResultSubject("", ""):                  "otp.v1.result.unknown.unknown",
		DeadSubject("too many deliveries.>"):   "otp.v1.dead.unknown",
		JobSubject(LaneInteractive, ">"):       "otp.v1.job.interactive.unknown",
		JobSubjects + ResultSubjects:           "otp.v1.job.>otp.v1.result.>",
		DeadSubjects + ReplySubjects:           "otp.v1.dead.>otp.v1.reply.>",
	} {
		if got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}

func TestParseJobSubject(t *testing.T) {
	for _, lane := range Lanes() {
		l, app, err := ParseJobSubject(JobSubject(lane, "demo-app"))
		if l != lane || app != "demo-app" || err != nil {
			t.Errorf("%s: got %s %s %v", lane, l, app, err)
		}
	}
	for subject, field := range map[string]string{
		"otp.v1.job.fast.demo-app":    "lane",
		"otp.v1.job..demo-app":        "lane",
		"otp.v1.job.batch.abc":        "appId",
		"otp.v1.job.batch.":           "appId",
		"otp.v1.job.batch":            "subject",
		"otp.v1.job.batch.demo-app.x": "subject",
		"otp.v2.job.batch.demo-app":   "subject",
		"":                            "subject",
	} {
		_, _, err := ParseJobSubject(subject)
		faults, _ := errors.AsType[Faults](err)
		if !faults.On(field) || len(faults) != 1 {
			t.Errorf("%q: got %v, want a fault on %s", subject, err, field)
		}
	}
}
