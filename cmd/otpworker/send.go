package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"strings"
	"time"

	"github.com/nats-io/nuid"
	"github.com/spf13/cobra"

	"github.com/otpworker/otpworker/schema"
	"github.com/otpworker/otpworker/schema/jobfile"
	"github.com/otpworker/otpworker/schema/redact"
	"github.com/otpworker/otpworker/schema/seal"
	"github.com/otpworker/otpworker/worker/queue"
)

// sendOptions are the flags of send.
type sendOptions struct {
	job          schema.Job
	code, to     string
	lane, output string
	channel      string
	file         string
	wait         bool
	sealer       sealer
}

func sendCommand() *cobra.Command {
	var o sendOptions
	cmd := &cobra.Command{
		Use:   "send",
		Short: "Publish one job from flags, or many from a file",
		Long: `Publish send jobs to the queue. One job from flags, or many with --file: CSV
with a header, or NDJSON; - reads standard input. What a row leaves out is taken
from the flags. A row without an id gets a random one; with ids of your own a
second run sends nothing twice, and --wait prints the results of the first.

The columns of a CSV, and metadata.<key>:

` + csvColumns() + `

With --wait each result is printed as it comes.

  otpworker send --app myapp01 --to 8613800138000 --code 123456 --wait
  otpworker send --file numbers.csv --app myapp01 --template 7 --wait

` + exitCodes,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return send(cmd, o) },
	}
	f := cmd.Flags()
	f.StringVar(&o.file, "file", "", "jobs file, CSV or NDJSON; - is standard input")
	f.StringVar(&o.job.ID, "id", "", "job id, the idempotency key (default random)")
	f.StringVar(&o.job.AppID, "app", "", "the provider's app id")
	f.Int64Var(&o.job.TemplateID, "template", 0, "the provider's template id")
	f.Int64Var(&o.job.FlowID, "flow", 0, "the provider's flow id")
	f.StringVar(&o.code, "code", "", "the one-time code, 1 to 10 characters")
	f.StringVar(&o.to, "to", "", "country code and number, 10 to 14 digits, no +")
	f.StringVar(&o.channel, "channel", "", "sms, call or sna (default sms)")
	f.StringVar(&o.job.OrderID, "order-id", "", "order id at the provider (default the job id)")
	f.IntVar(&o.job.TTLSeconds, "ttl", 0, "life of the code in seconds, 1 to 3600 (default 300)")
	f.StringVar(&o.job.BatchID, "batch", "", "batch id, echoed in results")
	f.StringToStringVar(&o.job.Metadata, "metadata", nil, "key=value pairs, echoed in results")
	f.StringVar(&o.lane, "lane", "", "interactive or batch (default interactive; batch with --file)")
	f.BoolVar(&o.wait, "wait", false, "wait for the results and print them")
	o.sealer.flag(cmd)
	f.StringVarP(&o.output, "output", "o", "table", outputHelp)
	return cmd
}

// csvColumns is the names over lines of a width for a terminal.
func csvColumns() string {
	var lines strings.Builder
	width := 0
	for _, name := range jobfile.Columns() {
		switch {
		case width == 0:
			lines.WriteString("  ")
		case width+len(name) > 70:
			lines.WriteString(",\n  ")
			width = 0
		default:
			lines.WriteString(", ")
		}
		lines.WriteString(name)
		width += len(name) + 2
	}
	return lines.String()
}

func send(cmd *cobra.Command, o sendOptions) error {
	lane, err := o.chosenLane()
	if err == nil {
		err = fail(exitUsage, checkTTLFlag(cmd, o.job.TTLSeconds))
	}
	if err == nil {
		err = o.sealer.open()
	}
	if err != nil {
		return err
	}
	results, err := newPrinter(cmd.OutOrStdout(), o.output)
	if err != nil {
		return err
	}
	job := o.job
	job.Channel = schema.Channel(o.channel)
	job.Code, job.To = redact.NewCode(o.code), redact.NewPhone(o.to)
	if o.file != "" {
		if o.job.ID != "" || o.job.OrderID != "" {
			return fail(exitUsage, errors.New("--id and --order-id are for one job: use the columns id and orderId of the file"))
		}
		return sendFile(cmd, o, lane, job, results)
	}
	if job.ID == "" {
		job.ID = nuid.Next()
	}
	if err := job.Validate(); err != nil {
		return fail(exitUsage, fmt.Errorf("job: %w", err))
	}
	if job, err = o.sealer.seal(job); err != nil {
		return fail(exitUsage, err)
	}
	tel, err := startTracing(cmd)
	if err != nil {
		return err
	}
	return withApp(cmd, func(ctx context.Context, q *queue.Queue) error {
		ctx, ended := tel.Publishing(ctx, lane, job.ID)
		err := sendOne(ctx, cmd, q, lane, job, o.wait, results)
		ended(err)
		if late := tel.Shutdown(ctx); late != nil {
			fmt.Fprintln(cmd.ErrOrStderr(), "otpworker: warning:", late)
		}
		return err
	})
}

func (o sendOptions) chosenLane() (schema.Lane, error) {
	switch {
	case o.lane == "" && o.file != "":
		return schema.LaneBatch, nil
	case o.lane == "":
		return schema.LaneInteractive, nil
	}
	for _, lane := range schema.Lanes() {
		if o.lane == string(lane) {
			return lane, nil
		}
	}
	return "", fail(exitUsage, fmt.Errorf("--lane: %q is not interactive or batch", o.lane))
}

// checkTTLFlag refuses a 0 that somebody has given: only without the flag it means
// the default.
func checkTTLFlag(cmd *cobra.Command, ttl int) error {
	if ttl == 0 && cmd.Flags().Changed("ttl") {
		return errors.New("--ttl: must be 1 to 3600")
	}
	return nil
}

func sendOne(ctx context.Context, cmd *cobra.Command, q *queue.Queue, lane schema.Lane, job schema.Job, wait bool, results *printer) error {
	if !wait {
		err := q.Publish(ctx, lane, job)
		if errors.Is(err, queue.ErrDuplicate) {
			fmt.Fprintf(cmd.ErrOrStderr(), "job %s was queued before, and this time nothing is: otpworker results --once prints what came of it\n", job.ID)
			err = nil
		}
		if err != nil {
			return publishFailure(err)
		}
		_, err = fmt.Fprintln(cmd.OutOrStdout(), job.ID)
		return err
	}
	result, err := q.SendAndWait(ctx, lane, job)
	switch {
	case errors.Is(err, queue.ErrDuplicate):
		return awaitEarlier(ctx, cmd, q, job, results)
	case errors.Is(err, queue.ErrNoResult):
		return waitFailure(ctx, err)
	case err != nil:
		return publishFailure(err)
	}
	if err := results.result(result); err != nil {
		return fail(exitFailed, err)
	}
	if result.Outcome != schema.OutcomeSent {
		return fail(exitFailed, fmt.Errorf("job %s was not sent: %s (%s)", result.JobID, result.Outcome, result.Reason))
	}
	return nil
}

// awaitEarlier prints the result of a job that was queued before under this id.
func awaitEarlier(ctx context.Context, cmd *cobra.Command, q *queue.Queue, job schema.Job, results *printer) error {
	fmt.Fprintf(cmd.ErrOrStderr(), "job %s was queued before, and this time nothing is: its result follows\n", job.ID)
	after, err := q.LastResult(ctx)
	if err != nil {
		return publishFailure(err)
	}
	f := followJobs(ctx, q, after, results)
	defer f.end()
	f.expect(job.ID)
	f.recall(ctx, q)
	outcomes, left, err := f.rest(job.Expiry(time.Now()).Add(time.Minute))
	switch {
	case err != nil:
		return fail(exitFailed, err)
	case left > 0:
		return waitFailure(ctx, fmt.Errorf("wait for job %s: %w", job.ID, queue.ErrNoResult))
	case outcomes[schema.OutcomeSent] == 0:
		return fail(exitFailed, fmt.Errorf("job %s was not sent", job.ID))
	}
	return nil
}

// publishFailure gives an error of publishing its exit code.
func publishFailure(err error) error {
	var faults schema.Faults
	switch {
	case errors.As(err, &faults):
		return fail(exitUsage, err)
	case errors.Is(err, queue.ErrNoQueue):
		return fail(exitUnreachable, fmt.Errorf("%w\nIs a worker running? The first one creates the queue", err))
	}
	return fail(exitFailed, err)
}

func waitFailure(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return fail(exitInterrupted, errors.New("interrupted; the job stays in the queue"))
	}
	return fail(exitTimeout, err)
}

// withApp connects as an app does: to NATS_URL, or the embedded server of a
// worker on this machine.
func withApp(cmd *cobra.Command, use func(context.Context, *queue.Queue) error) error {
	log := slog.New(slog.NewTextHandler(cmd.ErrOrStderr(), nil))
	return withAppTelling(cmd, func(err error) { log.Warn("nats", "err", err) }, use)
}

// withAppTelling is withApp that tells trouble with the connection to onTrouble.
func withAppTelling(cmd *cobra.Command, onTrouble func(error), use func(context.Context, *queue.Queue) error) error {
	s, warnings, err := loadSettings(os.Environ())
	if err := errors.Join(err, s.Queue.Validate(), s.missingFiles()); err != nil {
		return misconfigured(cmd, warnings, err)
	}
	log := slog.New(slog.NewTextHandler(cmd.ErrOrStderr(), nil))
	for _, w := range warnings {
		log.Warn(w)
	}
	cfg := s.Queue
	cfg.Name = "otpworker-" + cmd.Name()
	cfg.OnTrouble = onTrouble
	if !s.Worker.SealSeed.IsZero() {
		if cfg.SealKeys, err = seal.ParseKeys(s.Worker.SealSeed); err != nil {
			return misconfigured(cmd, nil, fmt.Errorf("%s: %w", nameSeed, err))
		}
	}
	if cfg.URL == "" && cfg.Context == "" {
		cfg.URL = "nats://" + s.Local.Listen
	}
	q, err := queue.Connect(cmd.Context(), cfg)
	if err != nil {
		return fail(exitUnreachable, fmt.Errorf("%w\nIs a worker running on this machine? Else set NATS_URL", err))
	}
	defer func() { _ = q.Close() }()
	return use(cmd.Context(), q)
}
