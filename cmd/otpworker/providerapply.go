package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/otpworker/otpworker/client/account"
)

func providerApplyCommand() *cobra.Command {
	var path string
	var yes bool
	cmd := &cobra.Command{
		Use:   "apply -f FILE",
		Short: "Make the account as a settings file says",
		Long: `Show what differs as plan does, ask, and make the differences: apps, then
templates, then flows. Where it cannot ask, --yes must be given. A file that is
applied again changes nothing.

An update replaces the whole object at the provider, so each is read again,
changed and written back, and left alone if somebody has changed it meanwhile. An
answer that is lost is read back. The first change that is not made ends it:
what was made stays, and applying the file again goes on from there.

` + fileHelp + providerCodes,
		Args: cobra.NoArgs,
	}
	fileFlag(cmd, &path)
	cmd.Flags().BoolVar(&yes, "yes", false, "do not ask")
	output := viewFlag(cmd)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		v, err := output()
		if err != nil {
			return err
		}
		if !yes && (path == "-" || !isTerminal(cmd.InOrStdin())) {
			return fail(exitUsage, errors.New("apply cannot ask here: give --yes, or look first with otpworker provider plan"))
		}
		return withPlan(cmd, path, func(ctx context.Context, p account.Plan) error {
			return applyPlan(ctx, cmd, v, p, yes)
		})
	}
	return cmd
}

func applyPlan(ctx context.Context, cmd *cobra.Command, v *view, p account.Plan, yes bool) error {
	if err := showPlan(cmd, v, p, yes); err != nil {
		return err
	}
	if len(p.Changes) > 0 && !yes && !ask(ctx, cmd, planSummary(p)+"; go on?") {
		if ctx.Err() != nil {
			return fail(exitInterrupted, errors.New("interrupted: nothing was changed"))
		}
		return fail(exitFailed, errors.New("nothing was changed"))
	}
	run := applying{cmd: cmd, v: v, counts: map[account.State]int{}, outcomes: []outcomeView{}}
	for o := range p.Apply(ctx) {
		run.took(o)
	}
	return run.end(p)
}

// showPlan shows what is asked about on standard error if standard output is
// for a program.
func showPlan(cmd *cobra.Command, v *view, p account.Plan, yes bool) error {
	switch {
	case v.output == "table":
		return v.lines(planLines(p))
	case yes:
		return nil
	}
	return (&view{w: cmd.ErrOrStderr()}).lines(planLines(p))
}

// applying is one run of apply.
type applying struct {
	cmd      *cobra.Command
	v        *view
	outcomes []outcomeView
	counts   map[account.State]int
	failed   error // why the first that was not made was not
	printing error
}

// took goes on whatever becomes of standard output: the changes are made.
func (a *applying) took(o account.Outcome) {
	a.counts[o.State]++
	a.outcomes = append(a.outcomes, viewOutcome(o))
	if o.Err != nil {
		a.failed = outcomeFailure(o)
	}
	if a.v.output == "table" {
		a.printing = errors.Join(a.printing, a.v.lines([]string{outcomeLine(o)}))
	}
	if o.State == account.Made && o.Action == account.Create && o.Kind == account.KindApp {
		id := fmt.Sprintf("appId: %q", o.ID)
		if o.ID == "" {
			id = "the appId that the provider's console shows"
		}
		fmt.Fprintf(a.cmd.ErrOrStderr(), "put %s into the file at %s (%s), or the next apply tries to make it again\n", id, o.At, o.Name)
	}
}

func (a *applying) end(p account.Plan) error {
	if a.v.output != "table" {
		a.printing = a.v.show(outcomesView{a.outcomes})
	}
	summary := planSummary(p)
	if len(a.outcomes) > 0 {
		var parts []string
		for _, state := range slices.Sorted(maps.Keys(a.counts)) {
			parts = append(parts, fmt.Sprintf("%d %s", a.counts[state], state))
		}
		summary = strings.Join(parts, ", ")
	}
	fmt.Fprintln(a.cmd.ErrOrStderr(), summary)
	if a.counts[account.Made] > 0 && isUnreachable(a.failed) && a.cmd.Context().Err() == nil {
		a.failed = fail(exitFailed, a.failed) // exitUnreachable says that nothing was done
	}
	return errors.Join(a.failed, a.printing)
}
