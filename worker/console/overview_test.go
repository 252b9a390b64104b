package console_test

import (
	"context"
	"errors"
	"net/http"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/otpworker/otpworker/schema"
	"github.com/otpworker/otpworker/worker"
	"github.com/otpworker/otpworker/worker/console"
	"github.com/otpworker/otpworker/worker/queue"
	"github.com/otpworker/otpworker/worker/stats"
)

// showing is a page of an overview.
func showing(t *testing.T, o stats.Overview) reply {
	t.Helper()
	p := page(t, func(c *console.Config) {
		c.Overview = func(context.Context) (stats.Overview, error) { return o, nil }
	})
	return ask(p, "GET", "/", nil, nil)
}

var now = time.Now().UTC()

// well is a worker without trouble.
func well(name string) stats.Snapshot {
	return stats.Snapshot{
		Worker: name, Version: "v1", State: worker.PhaseWorking, Alive: true, Ready: true, Ledger: true, At: now, StartedAt: now.Add(-time.Minute),
		Calls: 64, MostCalls: 64, Lanes: map[schema.Lane]stats.Lane{schema.LaneInteractive: {Slots: 16, Free: 16}},
	}
}

func with(s stats.Snapshot, change func(*stats.Snapshot)) stats.Snapshot {
	change(&s)
	return s
}

func fleet(workers ...stats.Snapshot) stats.Overview {
	o := stats.Overview{At: now, Lanes: map[schema.Lane]stats.Backlog{schema.LaneInteractive: {}, schema.LaneBatch: {}}, Workers: workers}
	for _, w := range workers {
		o.Total, o.LastMinute = o.Total.Plus(w.Total), o.LastMinute.Plus(w.LastMinute)
	}
	return o
}

func TestOverview(t *testing.T) {
	open := func(scope worker.Scope, app string) stats.Snapshot {
		return with(well("w1"), func(s *stats.Snapshot) {
			s.Breakers = []stats.Breaker{{Scope: scope, AppID: app, State: "open", Since: now.Add(-90 * time.Second), Until: now.Add(2 * time.Second), Reason: "unreachable", Status: "-18"}}
		})
	}
	for name, tc := range map[string]struct {
		shown      stats.Overview
		has, hasNo []string
	}{
		"well":   {fleet(well("w1"), well("w2")), []string{"Working", "No breaker is open", "w1", "w2", "Nothing here asks for the runbook", "32 of 32"}, []string{"What cannot be looked at", "Held</span>"}},
		"nobody": {fleet(), []string{"Nobody works", "OTPNoWorker"}, nil},
		"provider": {
			fleet(open(worker.ScopeProvider, ""), well("w2")),
			[]string{">Held<", "The provider does not answer", "OTPBreakerOpen", "unreachable", "status -18", "1 min 30 s", "in 2 s", "1 of 2"}, []string{"OTPAppsOnHold"},
		},
		"account": {fleet(open(worker.ScopeAccount, "")), []string{"The provider refuses the account", "OTPAccountRefused"}, nil},
		"app":     {fleet(open(worker.ScopeApp, "myapp01")), []string{"Apps are on hold", "OTPAppsOnHold", "myapp01"}, []string{">Held</span>"}},
		"not ready": {fleet(with(well("w1"), func(s *stats.Snapshot) { s.Ready, s.Why = false, []string{"the queue has not been seen for 20s"} })), []string{
			"A worker is not ready", "the queue has not been seen for 20s",
		}, nil},
		"trouble": {
			fleet(with(well("w1"), func(s *stats.Snapshot) { s.Ledger, s.SkewMS = false, -2500 })),
			[]string{"ledger off", "clock off by 2.5 s", "OTPClockSkew"}, nil,
		},
		"waits": {
			fleet(with(well("w1"), func(s *stats.Snapshot) {
				s.SlowMS, s.Calls, s.PausedBatches, s.Aside = 1500, 20, 2, map[string]uint64{"rate_limited": 7}
			})),
			[]string{"another 1.5 s", "20 calls at once instead of 64", "Paused: 2 batches", "rate_limited 7"}, nil,
		},
		"the rate is used up": {
			fleet(with(well("w1"), func(s *stats.Snapshot) { s.Rate, s.RateShort = 20, true })),
			[]string{"Jobs wait for the rate: 20 sends per second."}, nil,
		},
		"the rate is not": {fleet(with(well("w1"), func(s *stats.Snapshot) { s.Rate = 20 })), nil, []string{"wait for the rate"}},
		"a batch was cancelled": {
			fleet(with(well("w1"), func(s *stats.Snapshot) {
				s.LastMinute = stats.Counts{Sent: 438, Expired: 418, Withdrawn: 418}
			})),
			[]string{"100 %<small>of those of the last minute, without 418 cancelled or superseded</small>", "438 (51.1 %)", "418 (48.8 %)"}, []string{"OTPJobsExpire"},
		},
		"counts": {
			fleet(with(well("w1"), func(s *stats.Snapshot) {
				s.LastMinute = stats.Counts{Taken: 5, Sent: 3, Expired: 1}
				s.Total = stats.Counts{Sent: 1200, Expired: 4}
				s.Reasons = schema.Reasons{schema.OutcomeExpired: {"expired_in_queue": 4}, schema.OutcomeSent: {"sent": 1200}}
				s.Age = map[schema.Lane]stats.Age{schema.LaneInteractive: {LastMinute: stats.Percentiles{Count: 4, P50MS: 120, P99MS: 4300}}}
			})),
			[]string{"4/min", "1204 jobs since the start", "75 %<small>of those of the last minute</small>", "120 ms", "4.3 s", "expired_in_queue", "OTPJobsExpire"}, []string{"OTPUnknownOutcomes"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			got := showing(t, tc.shown)
			for _, want := range tc.has {
				if !strings.Contains(got.body, want) {
					t.Errorf("no %q in\n%s", want, got.body)
				}
			}
			for _, bad := range tc.hasNo {
				if strings.Contains(got.body, bad) {
					t.Errorf("%q in\n%s", bad, got.body)
				}
			}
			if found := inline.FindString(got.body); found != "" || got.status != http.StatusOK {
				t.Errorf("%d, %q", got.status, found)
			}
		})
	}
}

// What a connection may not look at is said, and the rest is shown.
func TestOverviewFaults(t *testing.T) {
	o := fleet(well("w1"))
	o.Faults = []stats.Fault{{Part: "dead", Err: "look at stream OTP_DEAD: not allowed", Forbidden: true}, {Part: "batches", Err: "timeout"}}
	got := showing(t, o)
	for _, want := range []string{"What cannot be looked at", "<b>dead</b>: this worker&#39;s connection may not look", "look at stream OTP_DEAD", "<b>batches</b>", "timeout", "w1"} {
		if !strings.Contains(strings.ReplaceAll(got.body, "this worker's", "this worker&#39;s"), want) {
			t.Errorf("no %q in\n%s", want, got.body)
		}
	}
	if !strings.Contains(got.body, "cannot be looked at from here") || strings.Contains(got.body, "<dt>Dead letters</dt><dd>0") {
		t.Errorf("what is not known is shown as nothing:\n%s", got.body)
	}
	o = stats.Overview{At: now, Faults: []stats.Fault{{Part: "workers", Err: "not allowed", Forbidden: true}}}
	if got := showing(t, o); strings.Contains(got.body, "Nobody works") || strings.Contains(got.body, "OTPNoWorker") {
		t.Error("who cannot be asked is not missing")
	}
}

// Before there is a queue the page says so.
func TestOverviewWithoutQueue(t *testing.T) {
	p := page(t, func(c *console.Config) { c.Queue = func() *queue.Queue { return nil } })
	for _, path := range []string{"/", "/jobs?id=a"} {
		if got := ask(p, "GET", path, nil, nil); got.status != http.StatusServiceUnavailable || !strings.Contains(got.body, "Not connected yet") {
			t.Errorf("%s: %d %s", path, got.status, got.body)
		}
	}
	p = page(t, func(c *console.Config) {
		c.Overview = func(context.Context) (stats.Overview, error) {
			return stats.Overview{}, errors.New("the broker is gone")
		}
	})
	if got := ask(p, "GET", "/", nil, nil); got.status != http.StatusBadGateway || !strings.Contains(got.body, "the broker is gone") {
		t.Errorf("%d %s", got.status, got.body)
	}
}

// What other programs have made up stays text.
func TestHostileNames(t *testing.T) {
	const hostile = `"><script src=//evil.example></script><img src=x onerror=alert(1)> style=x`
	s := with(well(hostile), func(s *stats.Snapshot) {
		s.Version, s.Why, s.Ready = hostile, []string{hostile}, false
		s.Reasons = schema.Reasons{schema.OutcomeSent: {hostile: 1}}
		s.Aside = map[string]uint64{hostile: 1}
		s.Breakers = []stats.Breaker{{Scope: worker.ScopeApp, AppID: hostile, State: hostile, Reason: hostile, Status: hostile}}
	})
	o := fleet(s)
	o.Dead, o.DeadLetters = map[string]uint64{hostile: 1}, 1
	o.Faults = []stats.Fault{{Part: hostile, Err: hostile}}
	got := showing(t, o).body
	if !strings.Contains(got, "&lt;script src=//evil.example&gt;") {
		t.Fatal("the names are not shown")
	}
	for _, bad := range []string{"<script src=//", "<img"} {
		if strings.Contains(got, bad) {
			t.Errorf("%s in\n%s", bad, got)
		}
	}
}

// The script gets the content alone.
func TestLiveContent(t *testing.T) {
	p := page(t, nil)
	got := ask(p, "GET", "/", nil, func(r *http.Request) { r.Header.Set("Otp-Live", "1") })
	if strings.Contains(got.body, "<html") || strings.Contains(got.body, "<nav") || !strings.Contains(got.body, `id="overview" data-live`) {
		t.Error(got.body)
	}
}

// Each topic is an entry of the runbook.
func TestTopicsAreInTheRunbook(t *testing.T) {
	source, err := os.ReadFile("banner.go")
	if err != nil {
		t.Fatal(err)
	}
	runbook, err := os.ReadFile("../../deploy/runbook.md")
	if err != nil {
		t.Fatal(err)
	}
	topics := regexp.MustCompile(`"(OTP[A-Za-z]+)"`).FindAllSubmatch(source, -1)
	if len(topics) < 5 {
		t.Fatalf("%d topics", len(topics))
	}
	for _, topic := range topics {
		if !strings.Contains(string(runbook), "\n## "+string(topic[1])+"\n") {
			t.Errorf("no %s", topic[1])
		}
	}
}
