package schema

import (
	"errors"
	"strings"
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
		EventSubjects:                          "otp.v1.event.>",
	} {
		if got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}

func TestParseJobSubject(t *testing.T) {
	for subject, want := range map[string]Place{
		JobSubject(LaneInteractive, "demo-app"): {Lane: LaneInteractive, AppID: "demo-app"},
		JobSubject(LaneBatch, "demo-app"):       {Lane: LaneBatch, AppID: "demo-app"},
		BatchJobSubject("demo-app", "spring"):   {Lane: LaneBatch, AppID: "demo-app", BatchID: "spring"},
	} {
		if got, err := ParseJobSubject(subject); got != want || err != nil {
			t.Errorf("%s: got %+v %v", subject, got, err)
		}
	}
	for subject, want := range map[string]struct {
		field string
		place Place
	}{
		"otp.v1.job.fast.demo-app":                             {"lane", Place{AppID: "demo-app"}},
		"otp.v1.job..demo-app":                                 {"lane", Place{AppID: "demo-app"}},
		"otp.v1.job.batch.abc":                                 {"appId", Place{Lane: LaneBatch}},
		"otp.v1.job.batch.":                                    {"appId", Place{Lane: LaneBatch}},
		"otp.v1.job.batch.abc.spring":                          {"appId", Place{Lane: LaneBatch}},
		"otp.v1.job.batch":                                     {"subject", Place{}},
		"otp.v1.job.interactive.demo-app.x":                    {"subject", Place{}},
		"otp.v1.job.fast.demo-app.x":                           {"subject", Place{}},
		"otp.v1.job.batch.demo-app.x.y":                        {"subject", Place{}},
		"otp.v1.job.batch.demo-app.":                           {"batchId", Place{Lane: LaneBatch, AppID: "demo-app"}},
		"otp.v1.job.batch.demo-app." + strings.Repeat("x", 49): {"batchId", Place{Lane: LaneBatch, AppID: "demo-app"}},
		"otp.v2.job.batch.demo-app":                            {"subject", Place{}},
		"":                                                     {"subject", Place{}},
	} {
		got, err := ParseJobSubject(subject)
		faults, _ := errors.AsType[Faults](err)
		if !faults.On(want.field) || len(faults) != 1 || got != want.place {
			t.Errorf("%q: got %+v %v, want %+v and a fault on %s", subject, got, err, want.place, want.field)
		}
	}
}

func TestResultApp(t *testing.T) {
	for subject, want := range map[string]string{
		ResultSubject(LaneInteractive, "demo-app"):                            "demo-app",
		BatchResultSubject("demo-app", "spring", OutcomeExpired, "cancelled"): "demo-app",
		ResultSubject(LaneBatch, ""):                                          "",
		"otp.v1.result.batch.demo-app.spring":                                 "",
		"otp.v1.result.interactive.demo-app.spring.sent.sent":                 "",
		BatchEventSubject("demo-app", "spring"):                               "",
	} {
		if got := ResultApp(subject); got != want {
			t.Errorf("%s: got %q, want %q", subject, got, want)
		}
	}
}
