package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/otpworker/otpworker/schema/redact"
	"github.com/otpworker/otpworker/worker/queue"
)

func deadListCommand() *cobra.Command {
	var (
		filter queue.DeadFilter
		since  = 24 * time.Hour
		limit  = 100
		output string
	)
	cmd := &cobra.Command{
		Use:     "ls",
		Aliases: []string{"list"},
		Short:   "List dead letters, the newest last",
		Long: `List the dead letters of the last day, or of --since, the newest last. If there
are more than --limit, the older ones are left out.

` + exitCodes,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if limit < 1 {
				return fail(exitUsage, fmt.Errorf("--limit: %d is not 1 or more", limit))
			}
			list, err := newPrinter(cmd.OutOrStdout(), output)
			if err != nil {
				return err
			}
			filter.Since, filter.Limit = time.Now().Add(-since), limit+1
			return withDead(cmd, func(ctx context.Context, q *queue.Queue) error {
				return listDead(ctx, cmd, q, filter, list)
			})
		},
	}
	f := cmd.Flags()
	f.StringVar(&filter.Reason, "reason", "", "only letters with this reason")
	f.StringVar(&filter.AppID, "app", "", "only letters of this app")
	f.DurationVar(&since, "since", since, "how far back to begin")
	f.IntVar(&limit, "limit", limit, "at most so many, the newest")
	f.StringVarP(&output, "output", "o", "table", outputHelp)
	return cmd
}

// listDead is asked for one letter more than it prints: so it knows of more.
func listDead(ctx context.Context, cmd *cobra.Command, q *queue.Queue, filter queue.DeadFilter, list *printer) error {
	var letters []queue.Letter
	unreadable := false
	for letter, err := range q.Dead(ctx, filter) {
		switch {
		case errors.Is(err, queue.ErrUnreadable):
			unreadable = true
			fmt.Fprintln(cmd.ErrOrStderr(), "otpworker:", err)
		case err != nil:
			return err
		default:
			letters = append(letters, letter)
		}
	}
	more := len(letters) == filter.Limit
	if more {
		letters = letters[1:]
	}
	now := time.Now()
	for _, letter := range letters {
		if err := list.letter(viewOf(letter, now), now); err != nil {
			return err
		}
	}
	if len(letters) == 0 && !unreadable {
		fmt.Fprintln(cmd.ErrOrStderr(), "no dead letters since", filter.Since.Format(time.DateTime))
	}
	if more {
		fmt.Fprintf(cmd.ErrOrStderr(), "the newest %s; there are more: give a higher --limit\n", count(len(letters)))
	}
	return nil
}

func (p *printer) letter(v letterView, now time.Time) error {
	if p.ndjson {
		return writeJSON(p.w, v.To, v)
	}
	const row = "%6s %6s %-20s %-8s %-6s %-24s %-12s %-8s %s"
	if !p.begun {
		p.begun = true
		if err := writeLine(p.w, redact.Phone{}, fmt.Sprintf(row, "SEQ", "AGE", "REASON", "OUTCOME", "STATUS", "JOB", "APP", "TO", "EXPIRED")); err != nil {
			return err
		}
	}
	return writeLine(p.w, v.To, fmt.Sprintf(row, fmt.Sprint(v.Seq), age(now.Sub(v.DiedAt)), dashed(v.Reason), dashed(string(v.Outcome)),
		dashed(v.Status), dashed(v.JobID), dashed(v.AppID), v.to(), v.expired()))
}

// age is short: 42s, 7m, 3h, 2d.
func age(d time.Duration) string {
	switch d = max(d, 0); {
	case d < time.Minute:
		return fmt.Sprintf("%ds", int(d.Seconds()))
	case d < time.Hour:
		return fmt.Sprintf("%dm", int(d.Minutes()))
	case d < 48*time.Hour:
		return fmt.Sprintf("%dh", int(d.Hours()))
	}
	return fmt.Sprintf("%dd", int(d.Hours()/24))
}
