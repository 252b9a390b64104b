package main

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/otpworker/otpworker/worker/queue"
)

func deadReplayCommand() *cobra.Command {
	var o deadOptions
	rate := "10/s"
	cmd := &cobra.Command{
		Use:   "replay {<seq|id>... | --reason R | --app A | --all}",
		Short: "Queue the jobs of dead letters anew",
		Long: `Queue the jobs of dead letters anew, each under an id and order id of its own,
and discard the letters. Refused are jobs that are invalid, whose code has
expired (a replay does not renew it), or whose payload is sealed, unless
OTPWORKER_SEAL_SEED can open it. Before a job is sent again that may have been
sent already, replay asks; where it cannot, it refuses, unless --yes is given.

The new job's metadata names the first one as replayOf. Repeating a replay that
was interrupted sends nothing twice.

` + exitCodes,
		RunE: func(cmd *cobra.Command, args []string) error {
			perSecond, err := parseRate(rate)
			if err := errors.Join(err, o.check(args)); err != nil {
				return fail(exitUsage, err)
			}
			deeds, err := newPrinter(cmd.OutOrStdout(), o.output)
			if err != nil {
				return err
			}
			return withDead(cmd, func(ctx context.Context, q *queue.Queue) error {
				return replayDead(ctx, cmd, q, o, args, perSecond, deeds)
			})
		},
	}
	o.flags(cmd)
	cmd.Flags().StringVar(&rate, "rate", rate, "how many letters to send in a second")
	return cmd
}

func parseRate(s string) (float64, error) {
	n, err := strconv.ParseFloat(strings.TrimSuffix(s, "/s"), 64)
	if err != nil || !(n >= 0.001 && n <= 10_000) {
		return 0, fmt.Errorf("--rate: %q is not 0.001/s to 10000/s (example 10/s)", s)
	}
	return n, nil
}

func replayDead(ctx context.Context, cmd *cobra.Command, q *queue.Queue, o deadOptions, args []string, perSecond float64, deeds *printer) error {
	views, err := o.chosen(ctx, cmd, q, args)
	if err != nil {
		return err
	}
	r := &replaying{cmd: cmd, deeds: deeds, dry: o.dryRun, total: len(views)}
	how := queue.Replay{SendUnknown: o.yes, Rate: perSecond}
	if n := maybeSent(views); n > 0 && !o.yes && !o.dryRun && isTerminal(cmd.InOrStdin()) {
		how.SendUnknown = ask(ctx, cmd, fmt.Sprintf("%d of %s may have been sent already; send again?", n, count(len(views))))
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
	}
	seqs, err := r.plan(views, how.SendUnknown)
	if err == nil && !o.dryRun {
		err = r.send(ctx, q, seqs, how)
	}
	return r.verdict(err)
}

func maybeSent(views []letterView) (n int) {
	for _, v := range views {
		if v.maybeSent() {
			n++
		}
	}
	return n
}

func (v letterView) maybeSent() bool { return errors.Is(v.refusal, queue.ErrMaybeSent) }

// A replaying is one run of dead replay.
type replaying struct {
	cmd   *cobra.Command
	deeds *printer
	dry   bool

	views                  map[uint64]letterView
	total, played, refused int
}

// plan prints what is refused at once, and in a dry run all that would be done.
// It returns the rest.
func (r *replaying) plan(views []letterView, sendUnknown bool) (seqs []uint64, err error) {
	r.views = make(map[uint64]letterView, len(views))
	for _, v := range views {
		r.views[v.Seq] = v
		switch {
		case v.refusal != nil && (!v.maybeSent() || !r.dry && !sendUnknown):
			err = r.refuse(v, v.refusal)
		case !r.dry:
			seqs = append(seqs, v.Seq)
		case v.maybeSent() && !sendUnknown:
			r.played++
			err = r.deeds.deed(v, deed{Done: "would ask", Why: v.refusal.Error()})
		default:
			r.played++
			err = r.deeds.deed(v, deed{Done: "would replay"})
		}
		if err != nil {
			return nil, err
		}
	}
	return seqs, nil
}

func (r *replaying) refuse(v letterView, why error) error {
	r.refused++
	text := why.Error()
	if errors.Is(why, queue.ErrMaybeSent) {
		text += ": give --yes to send it again"
	}
	return r.deeds.deed(v, deed{Done: "refused", Why: text})
}

// send stops at the first error that is not about a letter.
func (r *replaying) send(ctx context.Context, q *queue.Queue, seqs []uint64, how queue.Replay) error {
	for done, err := range q.ReplayAll(ctx, seqs, how) {
		v := r.views[done.Seq]
		var printed error
		switch {
		case done.JobID != "":
			r.played++
			d := deed{Done: "replayed", NewJobID: done.JobID}
			if done.Before {
				d.Why = "(an earlier replay had queued it already)"
			}
			printed = r.deeds.deed(v, d)
		case queue.Refused(err):
			printed, err = r.refuse(v, err), nil
		}
		if err := errors.Join(err, printed); err != nil {
			return err
		}
	}
	return nil
}

func (r *replaying) verdict(err error) error {
	verb := "replayed"
	if r.dry {
		verb = "would be replayed"
	}
	left := ""
	if n := r.total - r.played - r.refused; n > 0 {
		left = fmt.Sprintf(", %d not looked at", n)
	}
	fmt.Fprintf(r.cmd.ErrOrStderr(), "%s: %d %s, %d refused%s\n", count(r.total), r.played, verb, r.refused, left)
	if err == nil && r.refused > 0 {
		err = fail(exitFailed, fmt.Errorf("%s refused", count(r.refused)))
	}
	return err
}
