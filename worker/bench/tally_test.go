package bench

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/otpworker/otpworker/schema"
)

// TestTally: what is counted as lost, not sent and too much.
func TestTally(t *testing.T) {
	tally := newTally(run{id: "b1"}, 4)
	for _, r := range []storedResult{
		{jobID("b1", 0), "sent"}, {jobID("b1", 2), "expired"}, {jobID("b1", 0), "sent"},
		{jobID("b2", 1), "sent"}, {jobID("b1", 4), "sent"}, {"b1--1", "sent"}, {"", "invalid"},
	} {
		tally.add(r.JobID, r.Outcome)
	}
	want := Counts{Jobs: 4, Results: 2, Lost: 2, NotSent: 1, TwoResults: 5}
	if diff := cmp.Diff(want, tally.counts); diff != "" {
		t.Error(diff)
	}
}

// TestJobs are valid, each with an id, a number and an order of its own.
func TestJobs(t *testing.T) {
	r := run{id: "b1", apps: 3, expiresAt: time.Now().Add(schema.MaxTTL)}
	ids, numbers, apps := map[string]bool{}, map[string]bool{}, map[string]bool{}
	for n := range 1000 {
		job := r.job(n)
		if _, err := job.Encode(); err != nil {
			t.Fatal(err)
		}
		if got, ok := r.number(job.ProviderOrderID()); !ok || got != n {
			t.Errorf("job %d is number %d", n, got)
		}
		ids[job.ID], numbers[job.To.Reveal()], apps[job.AppID] = true, true, true
	}
	if len(ids) != 1000 || len(numbers) != 1000 || len(apps) != 3 {
		t.Errorf("%d ids, %d numbers, %d apps", len(ids), len(numbers), len(apps))
	}
	if err := r.job(maxJobs).Validate(); err != nil {
		t.Errorf("the last job: %v", err)
	}
}

// TestPace leaves the time before the first result out.
func TestPace(t *testing.T) {
	p, at := newPace(), time.Unix(1000, 0)
	if p.rate() != 0 {
		t.Error("a rate of nothing")
	}
	for _, after := range []time.Duration{0, time.Second, 3 * time.Second, 4 * time.Second} {
		p.add(at.Add(after))
	}
	if p.rate() != 0.75 || p.gap != 2*time.Second {
		t.Errorf("%v per second, gap %s", p.rate(), p.gap)
	}
}

// TestCost is the work's only, and the memory's most.
func TestCost(t *testing.T) {
	one := cost(Usage{CPU: time.Second, RSS: 1}, Usage{CPU: 3 * time.Second, RSS: 8 << 20}, 50_000)
	both := one.and(Cost{CPU: 1, RSS: 4})
	if diff := cmp.Diff(Cost{CPU: 5, RSS: 8}, both); diff != "" {
		t.Error(diff)
	}
}
