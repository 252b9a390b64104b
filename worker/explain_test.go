package worker_test

import (
	"fmt"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/otpworker/otpworker/client"
	"github.com/otpworker/otpworker/client/sandbox"
	"github.com/otpworker/otpworker/schema"
	"github.com/otpworker/otpworker/schema/redact"
	"github.com/otpworker/otpworker/worker"
)

// operator is a client of the rig's provider, for what a worker does not do.
func (r *rig) operator() *client.Client {
	r.t.Helper()
	c, err := client.New(client.Config{
		BaseURL: "http://localhost/otp", Dial: r.dial.dial,
		APIKey: redact.NewSecret(sandbox.DefaultKey), APISecret: redact.NewSecret(sandbox.DefaultSecret),
	})
	if err != nil {
		r.t.Fatal(err)
	}
	return c
}

// A rejected job says which of its ids the provider does not know.
func TestRejectedJobNamesTheUnknownID(t *testing.T) {
	for _, status := range []string{"-24", "-22"} {
		t.Run(status, func(t *testing.T) {
			strict := func(s *setup) { s.sandbox.Strict, s.sandbox.UnknownID = true, status }
			inVirtualTime(t, strict, func(t *testing.T, r *rig) {
				o := r.operator()
				defer o.Close()
				app, err := o.AddApp(t.Context(), client.AppSettings{Name: "shop"})
				if err != nil {
					t.Fatal(err)
				}
				r.startWorker()
				good := job("good", goodNumber)
				good.AppID = app.AppID
				others, err := o.AddApp(t.Context(), client.AppSettings{Name: "theirs"})
				if err != nil {
					t.Fatal(err)
				}
				foreign, err := o.AddTemplate(t.Context(), others.AppID, client.TemplateSettings{Name: "login", Text: "Your code is ##code##"})
				if err != nil {
					t.Fatal(err)
				}
				other, template, flow, both := good, good, good, good
				theirs := good
				theirs.ID = "theirs"
				if theirs.TemplateID, err = strconv.ParseInt(foreign.TemplateID, 10, 64); err != nil {
					t.Fatal(err)
				}
				other.ID, other.AppID = "other", "nobodys"
				template.ID, template.TemplateID = "template", 77
				flow.ID, flow.FlowID = "flow", 88
				both.ID, both.TemplateID, both.FlowID = "both", 77, 88
				r.publish(good, other, template, flow, both, theirs)
				results := r.await(6, time.Minute)
				want(t, results["good"], schema.OutcomeSent, "sent", 1)
				for id, fields := range map[string][]string{
					"good": nil, "other": {"appId"}, "template": {"templateId"}, "flow": {"flowId"}, "both": {"templateId", "flowId"},
					"theirs": {"templateId"},
				} {
					var named []string
					for _, f := range results[id].Faults {
						named = append(named, f.Field)
					}
					if !slices.Equal(named, fields) {
						t.Errorf("%s: %s (%s) names %q, want %q", id, results[id].Outcome, results[id].Reason, named, fields)
					}
					if err := results[id].Validate(); err != nil {
						t.Error(err)
					}
				}
			})
		})
	}
}

// Many jobs with one wrong template cost a question in some seconds; one that is
// rejected for something else names nothing.
func TestQuestionsAboutIDsAreFew(t *testing.T) {
	inVirtualTime(t, func(s *setup) { s.sandbox.Strict = true }, func(t *testing.T, r *rig) {
		o := r.operator()
		defer o.Close()
		app, err := o.AddApp(t.Context(), client.AppSettings{Name: "shop"})
		if err != nil {
			t.Fatal(err)
		}
		r.startWorker()
		before := r.box.Stats().Others
		for i := range 50 { // at once, and then one after the other
			j := job(fmt.Sprint("j", i), goodNumber)
			j.AppID, j.TemplateID = app.AppID, 77
			r.publish(j)
			if i > 30 {
				r.await(i+1, time.Minute)
			}
		}
		r.await(50, time.Minute)
		if n := r.box.Stats().Others - before; n > 2 {
			t.Errorf("%d questions about one app and one template", n)
		}
		j := job("odd", "15552200001") // -22 whatever the ids are
		j.AppID = app.AppID
		r.publish(j)
		if got := r.await(51, time.Minute)["odd"]; got.Reason != "invalid_parameter" || len(got.Faults) != 0 {
			t.Errorf("%s %v", got.Reason, got.Faults)
		}
	})
}

// An app that may send 3 codes a minute has its fourth job wait for the next
// minute and then sent; no job fails.
func TestLimitedAppWaitsForItsNextPeriod(t *testing.T) {
	inVirtualTime(t, nil, func(t *testing.T, r *rig) {
		o := r.operator()
		defer o.Close()
		_, err := o.UpdateApp(t.Context(), "app1", client.AppSettings{
			Name: "app1", PeriodTotalSendLimit: &client.Limit{Enabled: true, Unit: client.UnitMinute, Period: 1, Limit: 3},
		})
		if err != nil {
			t.Fatal(err)
		}
		r.startWorker()
		start := time.Now()
		for i := range 3 {
			r.publish(job(fmt.Sprint("j", i), goodNumber))
		}
		r.await(3, time.Second)
		r.publish(job("j3", goodNumber))
		for id, result := range r.await(4, 3*time.Minute) {
			if result.Outcome != schema.OutcomeSent {
				t.Errorf("%s: %s (%s)", id, result.Outcome, result.Reason)
			}
		}
		fourth := r.seen(worker.KindResult, "j3")[0].Time.Sub(start)
		if fourth < time.Minute || fourth > 100*time.Second {
			t.Errorf("the fourth came after %s", fourth)
		}
		r.onceEach()
	})
}
