package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/nats-io/nuid"
	"github.com/spf13/cobra"

	"github.com/otpworker/otpworker/schema"
	"github.com/otpworker/otpworker/schema/jobfile"
	"github.com/otpworker/otpworker/worker/queue"
)

// A sending is one run of send --file.
type sending struct {
	cmd   *cobra.Command
	queue *queue.Queue
	lane  schema.Lane
	// sealer seals each row for the workers' key, if it has one.
	sealer sealer

	published, bad, old int
	lastExpiry          time.Time
	// broken is why the file ended early.
	broken error
	// followed gets the results while rows are still read; nil: nobody waits.
	followed *followed
}

func sendFile(cmd *cobra.Command, o sendOptions, lane schema.Lane, defaults schema.Job, results *printer) error {
	in, err := openFile(o.file, cmd.InOrStdin())
	if err != nil {
		return fail(exitUsage, err)
	}
	defer func() { _ = in.Close() }()
	return withApp(cmd, func(ctx context.Context, q *queue.Queue) error {
		s := &sending{cmd: cmd, queue: q, lane: lane, sealer: o.sealer}
		after, err := q.LastResult(ctx)
		if err != nil {
			return publishFailure(err)
		}
		if o.wait {
			s.followed = followJobs(ctx, q, after, results)
			defer s.followed.end()
		}
		if err := s.publish(ctx, in, defaults); err != nil {
			return err
		}
		return errors.Join(fail(exitUsage, s.broken), s.conclude(ctx))
	})
}

// conclude says what came of the rows that were read: those before a break in
// the file are on their way.
func (s *sending) conclude(ctx context.Context) error {
	switch {
	case s.broken != nil && s.published+s.old+s.bad == 0:
		return nil
	case s.followed == nil:
		fmt.Fprintf(s.cmd.ErrOrStderr(), "%s published%s\n", plural(s.published, "job"), s.remarks())
		if s.old > 0 {
			fmt.Fprintln(s.cmd.ErrOrStderr(), "otpworker results --once prints what came of those")
		}
		return s.verdict(nil)
	}
	if s.old > 0 {
		s.followed.recall(ctx, s.queue)
	}
	outcomes, left, err := s.followed.rest(s.lastExpiry.Add(time.Minute))
	if err != nil {
		return fail(exitFailed, err)
	}
	fmt.Fprintf(s.cmd.ErrOrStderr(), "%s published, %s%s%s\n", plural(s.published, "job"), plural(sum(outcomes), "result"), counts(outcomes), s.remarks())
	if left > 0 {
		return waitFailure(ctx, fmt.Errorf("%s without a result: %w", plural(left, "job"), queue.ErrNoResult))
	}
	return s.verdict(outcomes)
}

func openFile(path string, stdin io.Reader) (io.ReadCloser, error) {
	if path == "-" {
		return io.NopCloser(stdin), nil
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("--file: %w", err)
	}
	return f, nil
}

func (s *sending) publish(ctx context.Context, in io.Reader, defaults schema.Job) error {
	for row, err := range jobfile.Read(in, defaults) {
		var bad *jobfile.RowError
		switch {
		case errors.As(err, &bad):
			s.reject(bad)
			continue
		case err != nil:
			s.broken = fmt.Errorf("%w; %s published before", err, plural(s.published, "job"))
			return nil
		}
		if row.Job.ID == "" {
			row.Job.ID = nuid.Next()
		}
		if err := s.publishRow(ctx, row); err != nil {
			return err
		}
	}
	return nil
}

func (s *sending) publishRow(ctx context.Context, row jobfile.Row) error {
	var faults schema.Faults
	fresh := s.followed.expect(row.Job.ID)
	job, err := s.sealer.seal(row.Job)
	if err == nil {
		row.Job = job
		err = s.persist(ctx, row)
	}
	if fresh && err != nil && !errors.Is(err, queue.ErrDuplicate) {
		s.followed.forget(row.Job.ID)
	}
	switch {
	case errors.As(err, &faults):
		s.reject(&jobfile.RowError{Number: row.Number, Err: faults})
	case errors.Is(err, queue.ErrDuplicate):
		s.old++ // by an earlier row or run: its result is this row's too
		s.expires(row.Job)
	case err != nil && ctx.Err() != nil:
		return fail(exitInterrupted, fmt.Errorf("interrupted after %s; they stay in the queue", plural(s.published, "job")))
	case err != nil:
		return publishFailure(fmt.Errorf("row %d: %w; %s published before", row.Number, err, plural(s.published, "job")))
	default:
		s.published++
		s.expires(row.Job)
	}
	return nil
}

func (s *sending) expires(job schema.Job) {
	if expiry := job.Expiry(time.Now()); expiry.After(s.lastExpiry) {
		s.lastExpiry = expiry
	}
}

const (
	// sendPatience is for how long a row is published again that the broker does not
	// confirm, sendPause what is between two tries.
	sendPatience = time.Minute
	sendPause    = 500 * time.Millisecond
)

// persist publishes a row until the broker confirms it: it may be restarted, or
// elect a leader. The job's id keeps it one job. The first row is tried once: there
// may be no queue at all.
func (s *sending) persist(ctx context.Context, row jobfile.Row) error {
	err := s.queue.Publish(ctx, s.lane, row.Job)
	if s.published+s.old == 0 || !queue.Away(err) {
		return err
	}
	fmt.Fprintf(s.cmd.ErrOrStderr(), "otpworker: warning: row %d: %v; trying on for %s\n", row.Number, err, sendPatience)
	for end := time.Now().Add(sendPatience); queue.Away(err) && time.Now().Before(end) && pause(ctx, sendPause) == nil; {
		err = s.queue.Publish(ctx, s.lane, row.Job)
	}
	if errors.Is(err, queue.ErrDuplicate) {
		return nil // an earlier try got through, and its confirmation did not
	}
	return err
}

func (s *sending) reject(bad *jobfile.RowError) {
	s.bad++
	fmt.Fprintln(s.cmd.ErrOrStderr(), bad)
}

// counts is what came of the jobs, as ": 2 sent", or nothing.
func counts(outcomes map[schema.Outcome]int) string {
	if len(outcomes) == 0 {
		return ""
	}
	var parts []string
	for _, o := range slices.Sorted(maps.Keys(outcomes)) {
		parts = append(parts, fmt.Sprintf("%d %s", outcomes[o], o))
	}
	return ": " + strings.Join(parts, ", ")
}

func (s *sending) remarks() (text string) {
	if s.old > 0 {
		text += fmt.Sprintf("; %d %s queued already", s.old, wasOrWere(s.old))
	}
	if s.bad > 0 {
		text += fmt.Sprintf("; %s %s not", plural(s.bad, "bad row"), wasOrWere(s.bad))
	}
	return text
}

// verdict is an error if anything was not sent.
func (s *sending) verdict(outcomes map[schema.Outcome]int) error {
	if notSent := sum(outcomes) - outcomes[schema.OutcomeSent]; notSent > 0 || s.bad > 0 {
		return fail(exitFailed, fmt.Errorf("%s not sent, %s", plural(notSent, "job"), plural(s.bad, "bad row")))
	}
	return nil
}

func sum(outcomes map[schema.Outcome]int) (n int) {
	for _, one := range outcomes {
		n += one
	}
	return n
}

func wasOrWere(n int) string {
	if n == 1 {
		return "was"
	}
	return "were"
}
