//go:build unix

package main

import (
	"context"
	"encoding/csv"
	"flag"
	"os"
	"os/exec"
	"strconv"
	"testing"
	"time"

	"github.com/otpworker/otpworker/schema"
	"github.com/otpworker/otpworker/worker/batchfile"
	"github.com/otpworker/otpworker/worker/queue"
)

// The full size takes some minutes:
//
//	go test ./cmd/otpworker -run TestKilledBatch -v -timeout 30m -batch.size=full
var batchSize = flag.String("batch.size", "small", "of TestKilledBatch: small (3,000 rows) or full (200,000)")

// TestKilledBatch sends a batch whose sender is killed three times and whose
// worker once. Each row gets one result, no phone two messages, each the code that
// stands in the file of codes, and whenever it is counted the counts add up.
func TestKilledBatch(t *testing.T) {
	if testing.Short() {
		t.Skip("takes seconds of real time")
	}
	rows, ahead := 3_000, 300
	if *batchSize == "full" {
		rows, ahead = 200_000, 20_000
	}
	k := startKilled(t, rows)
	worker := k.start("run")
	began := time.Now()
	send := func() *exec.Cmd {
		return k.start("batch", "send", "--file", k.file, "--app", "myapp01", "--id", "killed",
			"--ttl", "3600", "--codes-out", k.codes, "--ahead", strconv.Itoa(ahead), "-o", "json")
	}
	for kill := 1; kill <= 3; kill++ {
		sender := send()
		k.until(uint64(kill * rows / 5))
		k.kill(sender)
		if kill == 2 {
			k.kill(worker)
			worker = k.start("run")
		}
	}
	sender := send()
	peak := k.watchMemory(sender)
	err := sender.Wait()
	k.log("sender", sender)
	if err != nil {
		t.Fatalf("the last run: %v\n%s", err, k.errors(sender))
	}
	took := time.Since(began)
	k.check(uint64(rows))
	t.Logf("%d rows in %s, sender killed 3 times and worker once; the last sender's memory was at most %s, the counts were added up %d times",
		rows, took.Round(time.Millisecond), <-peak, k.counted)
}

// count counts the batch and holds it to its promise.
func (k *killed) count() (s queue.BatchStatus, ok bool) {
	k.t.Helper()
	b, err := k.queue.Batch(k.t.Context(), "killed")
	if err != nil {
		return s, false // not begun yet
	}
	if s, err = k.queue.BatchStatus(k.t.Context(), b); err != nil {
		k.t.Fatal(err)
	}
	if all := s.Unpublished + s.Waiting + total(s.Counts); all != s.Rows+s.Repeats || s.Repeats > 0 {
		k.t.Errorf("%d rows: %d unpublished, %d waiting, %v, %d repeats", s.Rows, s.Unpublished, s.Waiting, s.Counts, s.Repeats)
	}
	k.counted++
	return s, true
}

// until waits until so many rows are published.
func (k *killed) until(rows uint64) {
	k.t.Helper()
	ctx, cancel := context.WithTimeout(k.t.Context(), 10*time.Minute)
	defer cancel()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		if s, ok := k.count(); ok && s.Rows-s.Unpublished >= rows {
			return
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			k.t.Fatalf("%d rows are not published in time", rows)
		}
	}
}

// check compares the three accounts: the results, the provider's, the counts.
func (k *killed) check(rows uint64) {
	k.t.Helper()
	s, _ := k.count()
	if s.State != queue.BatchFinished || s.Counts[schema.OutcomeSent] != rows || s.Unpublished+s.Waiting > 0 {
		k.t.Errorf("at the end: %s, %v, %d unpublished, %d waiting", s.State, s.Counts, s.Unpublished, s.Waiting)
	}
	seen := map[string]bool{}
	err := k.queue.FollowBatch(k.t.Context(), "myapp01", "killed", func(r schema.Result) error {
		if seen[r.JobID] || r.Outcome != schema.OutcomeSent {
			k.t.Errorf("job %s: %s (%s), seen before: %v", r.JobID, r.Outcome, r.Reason, seen[r.JobID])
		}
		seen[r.JobID] = true
		return nil
	})
	if err != nil || uint64(len(seen)) != rows {
		k.t.Errorf("%d results of %d rows: %v", len(seen), rows, err)
	}
	stats := k.box.Stats()
	if uint64(stats.Accepted) != rows || stats.Repeats != 0 {
		k.t.Errorf("the provider accepted %d of %d, %d of them twice", stats.Accepted, rows, stats.Repeats)
	}
	k.checkCodes(rows)
	if n := k.endings(); n != 1 {
		k.t.Errorf("%d events of its end", n)
	}
	k.t.Logf("%d results, %d duplicates; the provider: %d calls, %d accepted, %d twice, %d asked about; status: %s",
		len(seen), s.Repeats, stats.Calls, stats.Accepted, stats.Repeats, stats.Records, lineText(batchfile.Progress{BatchStatus: s}, 0))
}

// checkCodes holds the codes that were sent against the file of codes.
func (k *killed) checkCodes(rows uint64) {
	k.t.Helper()
	f, err := os.Open(k.codes)
	if err != nil {
		k.t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	records, err := csv.NewReader(f).ReadAll()
	if err != nil || uint64(len(records)) != rows+1 {
		k.t.Fatalf("%d lines of codes: %v", len(records), err)
	}
	for _, record := range records[1:] {
		sends := k.box.Sends(record[1])
		if len(sends) != 1 || sends[0].Code.Reveal() != record[3] || sends[0].To.Reveal() != record[2] {
			k.t.Errorf("job %s: sent %d times, or not what its line says", record[1], len(sends))
		}
	}
}
