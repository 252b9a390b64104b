package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"github.com/otpworker/otpworker/worker/batchfile"
	"github.com/otpworker/otpworker/worker/queue"
)

// run publishes the rows and waits for their end.
func (o *batchFlags) run(ctx context.Context, cmd *cobra.Command, q *queue.Queue, f *batchfile.File, bad int) error {
	plan, err := batchfile.NewPlan(ctx, q, f, o.id)
	if err != nil {
		return err
	}
	errOut := cmd.ErrOrStderr()
	if plan.Batch.State == queue.BatchFinished {
		fmt.Fprintf(errOut, "batch %s has finished before: nothing is sent\n", o.id)
		return o.printStatus(ctx, cmd, q)
	}
	progress := newProgress(errOut)
	defer progress.end()
	if !plan.Batch.Ended() {
		ahead := o.announce(cmd, f, plan)
		err = o.publish(ctx, cmd, q, f, plan, ahead, progress)
	}
	switch {
	case err == nil && plan.Batch.Cancelled, errors.Is(err, batchfile.ErrCancelled):
		progress.end()
		fmt.Fprintf(errOut, "batch %s was cancelled: nothing more is published\n", o.id)
	case err != nil:
		return o.stopped(ctx, q, err)
	case o.detach:
		progress.end()
		fmt.Fprintf(errOut, "batch %s: all %d rows are published; see otpworker batch watch %[1]s\n", o.id, f.Rows)
	}
	if o.detach {
		return o.printStatus(ctx, cmd, q)
	}
	status, err := awaitBatch(ctx, q, o.id, progress)
	if err != nil {
		return err
	}
	return errors.Join(printBatch(cmd.OutOrStdout(), o.output, status), sentVerdict(status, bad))
}

// announce says how the batch stands and when it will end.
func (o *batchFlags) announce(cmd *cobra.Command, f *batchfile.File, p batchfile.Plan) (ahead int) {
	rate := o.chosenRate()
	ahead = o.chosenAhead(rate, f)
	forecast := batchfile.Forecast{Rate: rate, Queued: p.Queued, Rows: p.Left(), Ahead: ahead}
	text := fmt.Sprintf("batch %s: %d rows; %s", o.id, f.Rows, forecastText(forecast, f.Lives, time.Now()))
	if !p.New {
		text = fmt.Sprintf("batch %s goes on after %d of %d rows; %s", o.id, p.Batch.Published, f.Rows, forecastText(forecast, f.Lives, time.Now()))
	}
	fmt.Fprintln(cmd.ErrOrStderr(), text)
	if p.Batch.State == queue.BatchPaused {
		fmt.Fprintf(cmd.ErrOrStderr(), "it is paused: otpworker batch resume %s lets it go on\n", o.id)
	}
	return ahead
}

func (o *batchFlags) publish(ctx context.Context, cmd *cobra.Command, q *queue.Queue, f *batchfile.File, p batchfile.Plan, ahead int, progress *batchProgress) error {
	options := batchfile.SendOptions{Ahead: ahead, Seal: o.sealer.seal, Observe: progress.observe}
	if o.codesOut != "" {
		maker, err := o.maker()
		if err != nil {
			return fail(exitUsage, err)
		}
		codes, err := batchfile.WriteCodes(ctx, o.codesOut, f, o.id, maker, !p.New)
		if err != nil && ctx.Err() == nil {
			return fail(exitUsage, fmt.Errorf("--codes-out: %w", err))
		}
		if err != nil {
			return err
		}
		defer func() { _ = codes.Close() }()
		options.Codes = codes
		fmt.Fprintf(cmd.ErrOrStderr(), "the codes are in %s\n", o.codesOut)
	}
	return batchfile.Send(ctx, q, f, p, options)
}

// notAgain are the errors that the same command would meet again, or that need no
// second run.
var notAgain = []error{
	batchfile.ErrTakenOver, batchfile.ErrChanged, batchfile.ErrOtherInput,
	queue.ErrBatchExists, queue.ErrBatchEnded, queue.ErrBatchForgotten,
}

// stopped says how far a run came that did not reach its end, and how to go on.
func (o *batchFlags) stopped(ctx context.Context, q *queue.Queue, err error) error {
	switch {
	case ctx.Err() != nil:
	case errors.As(err, new(*failure)), slices.ContainsFunc(notAgain, func(one error) bool { return errors.Is(err, one) }):
		return err
	default:
		return fmt.Errorf("%w; the same command goes on from where it stopped", err)
	}
	last, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	if b, err := q.Batch(last, o.id); err == nil {
		return fail(exitInterrupted, fmt.Errorf("interrupted: %d of %d rows of batch %s are published and will be sent; the same command goes on from there", b.Published, b.Rows, o.id))
	}
	return fail(exitInterrupted, fmt.Errorf("interrupted; the same command goes on with batch %s", o.id))
}

func (o *batchFlags) printStatus(ctx context.Context, cmd *cobra.Command, q *queue.Queue) error {
	status, err := batchStatus(ctx, q, o.id)
	if err != nil {
		return err
	}
	return printBatch(cmd.OutOrStdout(), o.output, status)
}

// sentVerdict is an error if a row was not sent.
func sentVerdict(s queue.BatchStatus, bad int) error {
	if notSent := s.Rows - min(s.Rows, s.Counts["sent"]); notSent > 0 || bad > 0 {
		return fail(exitFailed, fmt.Errorf("batch %s: %d of %d rows not sent, %d bad rows", s.ID, notSent, s.Rows, bad))
	}
	return nil
}
