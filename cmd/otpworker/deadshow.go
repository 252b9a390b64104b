package main

import (
	"context"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/otpworker/otpworker/worker/queue"
)

func deadShowCommand() *cobra.Command {
	var output string
	cmd := &cobra.Command{
		Use:   "show <seq|id>",
		Short: "Show one dead letter, and whether it can be replayed",
		Long: `Show all of a dead letter but the code and the number, and say whether it can
be replayed. It is named by its sequence, its id or its job's id.

` + exitCodes,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			page, err := newPrinter(cmd.OutOrStdout(), output)
			if err != nil {
				return err
			}
			return withDead(cmd, func(ctx context.Context, q *queue.Queue) error {
				letter, err := namedLetter(ctx, q, args[0])
				if err != nil {
					return err
				}
				return page.letterPage(viewOf(letter, time.Now()))
			})
		},
	}
	cmd.Flags().StringVarP(&output, "output", "o", "table", outputHelp)
	return cmd
}

func (p *printer) letterPage(v letterView) error {
	if p.ndjson {
		return writeJSON(p.w, v.To, v)
	}
	for _, line := range v.lines() {
		if err := writeLine(p.w, v.To, fmt.Sprintf("%-11s %s", line[0], line[1])); err != nil {
			return err
		}
	}
	return nil
}

func (v letterView) lines() [][2]string {
	lines := [][2]string{
		{"Letter", fmt.Sprintf("%d, id %s", v.Seq, v.ID)},
		{"Job", fmt.Sprintf("%s, app %s, lane %s", dashed(v.JobID), dashed(v.AppID), dashed(string(v.Lane)))},
		{"To", v.to()},
		{"Reason", v.Reason},
		{"Outcome", string(v.Outcome)},
		{"Status", dashed(v.Status)},
		{"Attempts", fmt.Sprintf("%d, in %d deliveries", v.Attempts, v.Deliveries)},
		{"Died", v.DiedAt.UTC().Format(time.RFC3339) + ", worker " + dashed(v.Worker)},
		{"Expiry", v.expiryText()},
		{"Queued as", fmt.Sprintf("%d on %s", v.Sequence, v.Subject)},
		{"Payload", v.payloadText()},
	}
	for _, fault := range v.Faults {
		lines = append(lines, [2]string{"Fault", fault.Field + " " + fault.Problem})
	}
	return append(lines, [2]string{"Replay", v.Replay})
}

func (v letterView) expiryText() string {
	switch {
	case v.ExpiresAt.IsZero() && v.Expired:
		return "over"
	case v.ExpiresAt.IsZero():
		return "not known"
	}
	text := v.ExpiresAt.UTC().Format(time.RFC3339)
	if v.Expired {
		text += ", over"
	}
	return text
}

func (v letterView) payloadText() string {
	text := fmt.Sprintf("%d bytes", v.PayloadBytes)
	switch kept := len(v.Payload.Reveal()); {
	case v.Sealed:
		text += ", sealed"
	case kept < v.PayloadBytes:
		text += fmt.Sprintf(", cut to %d", kept)
	}
	return text
}
