package main

import (
	"bytes"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/otpworker/otpworker/schema"
	"github.com/otpworker/otpworker/worker/batchfile"
	"github.com/otpworker/otpworker/worker/queue"
)

func batchOf(published, sent uint64, state queue.BatchState) batchfile.Progress {
	return batchfile.Progress{BatchStatus: queue.BatchStatus{
		Batch:  queue.Batch{ID: "friday", AppID: "myapp01", Rows: 1000, State: state},
		Counts: schema.Counts{schema.OutcomeSent: sent, schema.OutcomeExpired: 10}, Reasons: schema.Reasons{schema.OutcomeExpired: {"cancelled": 10}},
		Unpublished: 1000 - published, Waiting: published - sent - 10,
	}}
}

// clocked is a progress at a time of the test's choosing.
func clocked(out *bytes.Buffer, now *time.Time) *batchProgress {
	p := newProgress(out)
	p.now, p.next = func() time.Time { return *now }, now.Add(linesEvery)
	return p
}

func TestProgressInLines(t *testing.T) {
	var out bytes.Buffer
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	p := clocked(&out, &now)
	for range 45 { // 22 s
		now = now.Add(500 * time.Millisecond)
		p.observe(batchOf(900, uint64(now.Second()-5)*10, queue.BatchOpen))
	}
	p.end()
	want := `batch friday, 1000 rows: 900 published, 100 sent, 0 rejected, 10 expired, 10.5/s, 1 min 25 s left
batch friday, 1000 rows: 900 published, 200 sent, 0 rejected, 10 expired, 10.0/s, 1 min 19 s left
`
	if out.String() != want {
		t.Errorf("got\n%swant\n%s", out.String(), want)
	}
}

func TestProgressInABar(t *testing.T) {
	var out bytes.Buffer
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	p := clocked(&out, &now)
	p.bar = true
	p.observe(batchOf(900, 240, queue.BatchPaused))
	now = now.Add(time.Second)
	p.observe(batchOf(900, 490, queue.BatchOpen))
	p.end()
	p.end()
	want := "\r[##......]  25%  900 published  240 sent  0 rejected  10 expired  0.0/s  paused\x1b[K" +
		"\r 50%  900 published  490 sent  0 rejected  10 expired  250.0/s  2 s left\x1b[K\n"
	if out.String() != want {
		t.Errorf("%q, want %q", out.String(), want)
	}
}

func TestTimeLeft(t *testing.T) {
	full, away := batchOf(500, 90, queue.BatchOpen), batchOf(500, 90, queue.BatchOpen)
	full.Trouble, away.Trouble = queue.ErrQueueFull, queue.ErrUnreachable
	for want, c := range map[string]struct {
		s    batchfile.Progress
		rate float64
	}{
		"1 min 30 s left":                   {batchOf(500, 90, queue.BatchOpen), 10},
		"time left not known":               {batchOf(500, 90, queue.BatchOpen), 0},
		"paused":                            {batchOf(500, 90, queue.BatchPaused), 10},
		"the queue is full, trying again":   {full, 10},
		"a row was not taken, trying again": {away, 10},
		"done":                              {batchOf(1000, 990, queue.BatchOpen), 10},
	} {
		if got := leftText(c.s, c.rate); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

func TestInWords(t *testing.T) {
	for d, want := range map[time.Duration]string{
		400 * time.Millisecond:                  "0 s",
		42 * time.Second:                        "42 s",
		723 * time.Second:                       "12 min 3 s",
		10_000 * time.Second:                    "2 h 46 min",
		76*time.Hour + 59*time.Minute + 59*1e9:  "3 d 4 h",
		59*time.Minute + 59*1e9 + 999*1_000_000: "1 h 0 min",
	} {
		if got := inWords(d); got != want {
			t.Errorf("%s: %q, want %q", d, got, want)
		}
	}
}

func TestForecastText(t *testing.T) {
	now := time.Date(2026, 11, 21, 11, 46, 0, 0, time.Local)
	lives := map[int]int{300: 1_000_000}
	for want, f := range map[string]batchfile.Forecast{
		"at 100/s it ends at 14:32 (in 2 h 46 min); 0 jobs would expire first":                                    {Rate: 100, Rows: 1_000_000, Ahead: 15_000},
		"at 100/s it ends at 14:32 (in 2 h 46 min); 970000 jobs would expire first":                               {Rate: 100, Rows: 1_000_000},
		"200 jobs are in front; at 2.5/s it ends at 05:20 on 2026-11-26 (in 4 d 17 h); 0 jobs would expire first": {Rate: 2.5, Rows: 1_022_000, Ahead: 100, Queued: 200},
		"no rate is set: the end is not known":                                                                    {Rows: 5},
		"no rate is set: the end is not known; at most 7 rows wait in the queue":                                  {Rows: 5, Ahead: 7},
	} {
		if got := forecastText(f, lives, now); got != want {
			t.Errorf("%q\nwant %q", got, want)
		}
	}
}

func TestBatchTableAddsUp(t *testing.T) {
	var out bytes.Buffer
	s := batchOf(900, 240, queue.BatchFinished)
	s.Cancelled, s.CreatedAt = true, time.Now()
	s.EndedAt = s.CreatedAt.Add(90 * time.Second)
	if err := printBatch(&out, "table", s.BatchStatus); err != nil {
		t.Fatal(err)
	}
	for _, line := range []string{
		"state        finished (cancelled)\n", " (after 1 min 30 s)\n", "rows               1000\n", "unpublished         100\n", "waiting             650\n",
		"sent                240\n", "rejected              0\n", "expired              10\n  cancelled            10\n", "unknown               0\n", "invalid               0\n",
	} {
		if !strings.Contains(out.String(), line) {
			t.Errorf("no %q in\n%s", line, out.String())
		}
	}
}

// What went wrong has the exit code that the help says.
func TestBatchFailure(t *testing.T) {
	for want, err := range map[int]error{
		exitUsage:       batchfile.ErrOtherInput,
		exitFailed:      queue.ErrNoBatch,
		exitUnreachable: queue.ErrNoQueue,
		exitTimeout:     fail(exitTimeout, errors.New("late")),
	} {
		var f *failure
		if got := batchFailure(t.Context(), err); !errors.As(got, &f) || f.code != want {
			t.Errorf("%v: %v, want exit code %d", err, got, want)
		}
	}
	if err := batchFailure(t.Context(), nil); err != nil {
		t.Error(err)
	}
}
