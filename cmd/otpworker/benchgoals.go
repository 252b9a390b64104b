package main

import (
	"errors"
	"fmt"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/otpworker/otpworker/worker/bench"
)

// goalOptions are the flags of bench goals.
type goalOptions struct {
	rows         []string
	rounds, jobs int
	length       time.Duration
	common       benchCommon
}

func benchGoalsCommand() *cobra.Command {
	o := &goalOptions{rounds: 5, jobs: 50_000, length: bench.DefaultConfig().For}
	cmd := &cobra.Command{
		Use:   "goals",
		Short: "Measure the table of speeds, worker beside bare loop",
		Long: `Measure each row of the table of speeds and print it as Markdown: contenders in
turn, at least five rounds, medians of the ratios round by round.

Rows: ` + strings.Join(goalNames(), ", ") + `.

--jobs is the size of a drain, and the other sizes follow: with the default the
gap is looked for in 50 drains of 20,000, and backlogs are 100,000 and 1,000,000.
All rows take about an hour.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			b, goals, scale, err := o.plan(cmd)
			if err != nil {
				return err
			}
			return benchFailure(cmd.Context(), printGoals(cmd, b, goals, scale))
		},
	}
	f := cmd.Flags()
	f.StringSliceVar(&o.rows, "rows", nil, "rows to measure, comma separated; unset: all")
	f.IntVar(&o.rounds, "rounds", o.rounds, "how often each contender is measured")
	f.IntVar(&o.jobs, "jobs", o.jobs, "size of a drain")
	f.DurationVar(&o.length, "for", o.length, "how long jobs come at a rate; the first 2s are left out")
	o.common.flags(cmd)
	return cmd
}

func goalNames() []string {
	var names []string
	for _, g := range bench.Goals(bench.Scale{}) {
		names = append(names, g.Name)
	}
	return names
}

func (o *goalOptions) plan(cmd *cobra.Command) (*bench.Bench, []bench.Goal, bench.Scale, error) {
	var faults []error
	scale := bench.Scale{Jobs: o.jobs, Rounds: o.rounds, Base: bench.DefaultConfig()}
	scale.Base.Rate, scale.Base.For = 2000, o.length // checked below
	if o.jobs < 100 || o.jobs > 500_000 {
		faults = append(faults, fmt.Errorf("--jobs: %d is not 100 to 500000", o.jobs))
	}
	if o.rounds < 1 || o.rounds > maxRounds {
		faults = append(faults, fmt.Errorf("--rounds: %d is not 1 to %d", o.rounds, maxRounds))
	}
	faults = append(faults, scale.Base.Validate())
	for _, name := range o.rows {
		if !slices.Contains(goalNames(), name) {
			faults = append(faults, fmt.Errorf("--rows: %s is not one of %s", typed(name), strings.Join(goalNames(), ", ")))
		}
	}
	q, warnings, err := o.common.queue()
	if err := errors.Join(append(faults, err)...); err != nil {
		return nil, nil, scale, misconfigured(cmd, warnings, err)
	}
	goals := slices.DeleteFunc(bench.Goals(scale), func(g bench.Goal) bool {
		return len(o.rows) > 0 && !slices.Contains(o.rows, g.Name)
	})
	if givenNATS(q) && slices.ContainsFunc(goals, func(g bench.Goal) bool { return g.Name == "sync" }) {
		return nil, nil, scale, misconfigured(cmd, warnings, errors.New("--rows: sync needs a NATS server of its own: unset NATS_URL, or name the other rows"))
	}
	b, err := o.common.bench(q)
	return b, goals, scale, err
}

func printGoals(cmd *cobra.Command, b *bench.Bench, goals []bench.Goal, scale bench.Scale) error {
	out := cmd.OutOrStdout()
	around := bench.Circumstances{
		Machine: bench.Machine(), Date: time.Now().UTC().Format("2 Jan 2006"), Commit: commit(), Command: typedCommand(cmd),
	}
	if err := bench.MarkdownHead(out); err != nil {
		return err
	}
	return b.Reach(cmd.Context(), goals, scale,
		func(r bench.Round, of int) { sayRound(cmd.ErrOrStderr(), r, of) },
		func(r bench.Reached) error { return r.Markdown(out, around) })
}

// typedCommand is the command to measure it again: a URL may hold a password.
func typedCommand(cmd *cobra.Command) string {
	words := []string{cmd.CommandPath()}
	cmd.Flags().Visit(func(f *pflag.Flag) {
		value := strings.Trim(f.Value.String(), "[]")
		if f.Name == "nats" {
			value = "…"
		}
		words = append(words, "--"+f.Name, value)
	})
	return strings.Join(words, " ")
}

// commit is the revision this was built from, with a plus if it was changed.
func commit() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return version()
	}
	revision, changed := "", ""
	for _, s := range info.Settings {
		switch {
		case s.Key == "vcs.revision":
			revision = s.Value[:min(7, len(s.Value))]
		case s.Key == "vcs.modified" && s.Value == "true":
			changed = "+"
		}
	}
	if revision == "" {
		return version()
	}
	return revision + changed
}
