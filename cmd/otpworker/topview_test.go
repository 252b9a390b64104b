package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/otpworker/otpworker/schema"
	"github.com/otpworker/otpworker/worker"
	"github.com/otpworker/otpworker/worker/stats"
)

// busyOverview has something of everything, and names as long as they may be.
func busyOverview() stats.Overview {
	now := time.Date(2026, 11, 22, 3, 30, 0, 0, time.UTC)
	ago := func(d time.Duration) time.Time { return now.Add(-d) }
	seconds := &stats.Seconds{From: ago(299 * time.Second)}
	for _, column := range []*[]uint32{&seconds.Sent, &seconds.Rejected, &seconds.Expired, &seconds.Unknown, &seconds.Invalid} {
		*column = make([]uint32, 300)
	}
	for i := range seconds.Sent {
		seconds.Sent[i] = uint32(i)
	}
	age := map[schema.Lane]stats.Age{schema.LaneInteractive: {LastMinute: stats.Percentiles{Count: 1200, P50MS: 240, P90MS: 1800, P99MS: 65_000}}}
	lanes := func(inHand int) map[schema.Lane]stats.Lane {
		return map[schema.Lane]stats.Lane{schema.LaneInteractive: {Slots: 16, Taken: inHand}, schema.LaneBatch: {Slots: 48}}
	}
	working := stats.Snapshot{
		Worker: "otp-7", Version: "v1.2.3", State: worker.PhaseWorking, Alive: true, Ready: true, Ledger: true, UptimeMS: 7_260_000, InHand: 5, Lanes: lanes(5),
		LastMinute: stats.Counts{Taken: 1260, Sent: 1180, Rejected: 20}, Age: age, Seconds: seconds, Calls: 20, MostCalls: 64, SlowMS: 3200, Rate: 20, RateShort: true, PausedBatches: 2,
		Aside: map[string]uint64{"rate_limited": 20, "insufficient_balance": 7, "total_limit": 7, "unreachable": 1200, "ledger_unavailable": 3},
		Breakers: []stats.Breaker{
			{Scope: worker.ScopeProvider, State: "half-open", Since: ago(95 * time.Second), Reason: "unreachable"}, {Scope: worker.ScopeAccount, State: "closed"},
			{Scope: worker.ScopeApp, AppID: strings.Repeat("a", 32), State: "open", Since: ago(3 * time.Hour), Until: now.Add(4200 * time.Millisecond), Reason: "total_limit", Status: "-27"},
		},
	}
	troubled := stats.Snapshot{
		Worker: "a-worker-with-quite-a-long-name", Version: "devel-0123456789ab", State: worker.PhaseWorking, Alive: true, Why: []string{"no broker is connected"},
		SkewMS: -4100, UptimeMS: 59_000, Lanes: lanes(0), Calls: 64, MostCalls: 64,
	}
	return stats.Overview{
		Schema: stats.Schema, At: now, Workers: []stats.Snapshot{troubled, working},
		Lanes:       map[schema.Lane]stats.Backlog{schema.LaneInteractive: {Jobs: 12, Queues: 3, OldestAt: ago(90 * time.Second)}, schema.LaneBatch: {Jobs: 1_000_000, Queues: 1}},
		DeadLetters: 9, Dead: map[string]uint64{"invalid": 5, "unknown": 3, "sensitive_content": 1},
		Batches: []stats.Batch{
			{ID: "friday", AppID: "myapp01", State: "open", Rows: 200_000, Waiting: 50_000, Counts: schema.Counts{"sent": 99_000, "rejected": 1000}},
			{ID: strings.Repeat("b", 48), AppID: strings.Repeat("a", 32), State: "paused", Rows: 10},
		},
		MoreBatches: 3, Total: stats.Counts{Taken: 90_000, Sent: 88_000, Expired: 42, Withdrawn: 40}, LastMinute: stats.Counts{Taken: 1260, Sent: 1180, Rejected: 20, Expired: 30, Withdrawn: 30},
	}
}

// What an operator sees, as a file: -update writes it anew.
func TestTopView(t *testing.T) {
	for name, o := range map[string]stats.Overview{
		"busy": busyOverview(),
		"idle": {At: time.Date(2026, 11, 22, 3, 30, 0, 0, time.UTC)},
	} {
		got := strings.Join(topView{Overview: o, width: 80, zone: time.UTC}.lines(), "\n") + "\n"
		path := filepath.Join("testdata", "top", name+".txt")
		if *update {
			if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(want), got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

// No line is longer than the terminal is wide, whatever that is.
func TestTopViewFits(t *testing.T) {
	for width := range 200 {
		for _, line := range (topView{Overview: busyOverview(), width: width, zone: time.UTC}).lines() {
			if n := utf8.RuneCountInString(line); n > width {
				t.Fatalf("width %d: %d characters in %q", width, n, line)
			}
		}
	}
}

// Colour is around words and changes none; what comes over the network cannot
// draw on the terminal.
func TestTopViewIsPlain(t *testing.T) {
	o := busyOverview()
	o.Workers[0].Worker = "evil\x1b[2Jname\r\n\u202e"
	plainView, colored := topView{Overview: o, width: 80, zone: time.UTC}, topView{Overview: o, width: 80, color: true, zone: time.UTC}
	text := strings.Join(plainView.lines(), "\n")
	if strings.ContainsAny(text, "\x1b\r\u202e") || !strings.Contains(text, "evil?[2Jname") {
		t.Errorf("%q", text)
	}
	uncolored := strings.NewReplacer("\x1b[1m", "", "\x1b[0m", "").Replace(strings.Join(colored.lines(), "\n"))
	if diff := cmp.Diff(text, uncolored); diff != "" {
		t.Errorf("-plain +colored:\n%s", diff)
	}
}

func TestSpark(t *testing.T) {
	for _, tc := range []struct {
		values []uint64
		bars   int
		want   string
	}{
		{nil, 10, ""}, {[]uint64{1}, 0, ""}, {[]uint64{1}, -3, ""}, {[]uint64{0, 0, 0}, 3, "▁▁▁"},
		{[]uint64{0, 1, 2, 3, 4, 5, 6, 7}, 8, "▁▂▃▄▅▆▇█"}, {[]uint64{1, 1, 9, 9}, 2, "▂█"}, {[]uint64{1 << 40}, 5, "█"},
	} {
		if got := spark(tc.values, tc.bars); got != tc.want {
			t.Errorf("%v in %d: %s, want %s", tc.values, tc.bars, got, tc.want)
		}
	}
}
