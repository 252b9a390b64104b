package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"github.com/otpworker/otpworker/worker/bench"
)

// A benchPlan is what bench was asked for.
type benchPlan struct {
	bench   *bench.Bench
	entries []bench.Entry
	rounds  int
	json    bool
	given   bool // a NATS
}

// A benchReport is what bench prints.
type benchReport struct {
	Machine   string          `json:"machine"`
	Version   string          `json:"version"`
	Date      time.Time       `json:"date"`
	Entries   []bench.Entry   `json:"entries"`
	Rounds    []bench.Round   `json:"rounds"`
	Summaries []bench.Summary `json:"summaries"`
}

func (p *benchPlan) run(cmd *cobra.Command) error {
	progress := cmd.ErrOrStderr()
	var wrong []error
	rounds, err := p.bench.Rounds(cmd.Context(), p.entries, p.rounds, func(r bench.Round) {
		wrong = append(wrong, r.Err())
		sayRound(progress, r, p.rounds)
	})
	if err != nil {
		return err
	}
	reference := ""
	if len(p.entries) > 1 {
		reference = string(bench.Bare)
	}
	report := benchReport{
		Machine: bench.Machine(), Version: version(), Date: time.Now().UTC(), Entries: p.entries,
		Rounds: rounds, Summaries: bench.Summarize(rounds, p.entries, reference),
	}
	if err := p.print(cmd.OutOrStdout(), report); err != nil {
		return err
	}
	return fail(exitFailed, errors.Join(wrong...))
}

func (p *benchPlan) print(w io.Writer, r benchReport) error {
	if !p.json {
		return benchTable(w, r, p.given)
	}
	enc := json.NewEncoder(w)
	enc.SetIndent("", "  ")
	return enc.Encode(r)
}

// sayRound is a line of progress.
func sayRound(w io.Writer, r bench.Round, of int) {
	line := fmt.Sprintf("round %d of %d  %-13s", r.Round, of, r.Entry)
	if d := r.Drain; d != nil {
		line += fmt.Sprintf("  %.0f jobs/s, %.2f CPU s/100k", d.JobsPerSecond, d.Contender.CPU)
	}
	if o := r.OpenLoop; o != nil {
		line += fmt.Sprintf("  p50 %.2f ms, p99 %.2f ms", o.P50, o.P99)
	}
	if foreign := r.Foreign(); foreign > 0.2 {
		line += fmt.Sprintf("  (other programs used %.1f processors)", foreign)
	}
	fmt.Fprintln(w, line)
}
