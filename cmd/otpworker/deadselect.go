package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"iter"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/otpworker/otpworker/schema/redact"
	"github.com/otpworker/otpworker/worker/queue"
)

// deadOptions are the flags that replay and discard share.
type deadOptions struct {
	reason, app string
	all         bool
	dryRun, yes bool
	output      string
	// unreadable also takes what is no letter at all.
	unreadable bool
}

func (o *deadOptions) flags(cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringVar(&o.reason, "reason", "", "all letters with this reason")
	f.StringVar(&o.app, "app", "", "all letters of this app")
	f.BoolVar(&o.all, "all", false, "all letters")
	f.BoolVar(&o.dryRun, "dry-run", false, "only say what would be done")
	f.BoolVar(&o.yes, "yes", false, "do not ask")
	f.StringVarP(&o.output, "output", "o", "table", outputHelp)
}

func (o *deadOptions) check(args []string) error {
	byFlag := o.reason != "" || o.app != "" || o.all
	switch {
	case byFlag && len(args) > 0:
		return fail(exitUsage, errors.New("give letters, or --reason, --app and --all, not both"))
	case !byFlag && len(args) == 0:
		return fail(exitUsage, errors.New("give letters by sequence or id, or --reason, --app or --all"))
	}
	return nil
}

// chosen returns the letters that arguments or flags name, without their
// payloads: there may be many. All must be there before anything is done.
func (o *deadOptions) chosen(ctx context.Context, cmd *cobra.Command, q *queue.Queue, args []string) (views []letterView, err error) {
	seen := map[uint64]bool{}
	for letter, err := range o.named(ctx, q, args) {
		switch {
		case errors.Is(err, queue.ErrUnreadable) && o.unreadable && o.reason == "" && o.app == "":
		case errors.Is(err, queue.ErrUnreadable) && len(args) == 0:
			fmt.Fprintln(cmd.ErrOrStderr(), "otpworker:", err)
			continue
		case err != nil:
			return nil, err
		}
		if !seen[letter.Seq] {
			seen[letter.Seq] = true
			v := viewOf(letter, time.Now())
			v.Payload = redact.Payload{}
			views = append(views, v)
		}
	}
	return views, nil
}

func (o *deadOptions) named(ctx context.Context, q *queue.Queue, args []string) iter.Seq2[queue.Letter, error] {
	if len(args) == 0 {
		return q.Dead(ctx, queue.DeadFilter{Reason: o.reason, AppID: o.app})
	}
	return func(yield func(queue.Letter, error) bool) {
		for _, name := range args {
			if !yield(namedLetter(ctx, q, name)) {
				return
			}
		}
	}
}

// namedLetter finds the one letter with a sequence, an id or a job's id.
func namedLetter(ctx context.Context, q *queue.Queue, name string) (queue.Letter, error) {
	if seq, err := strconv.ParseUint(name, 10, 64); err == nil {
		return q.Letter(ctx, seq)
	}
	var found []queue.Letter
	var seqs []string
	for letter, err := range q.Dead(ctx, queue.DeadFilter{ID: name}) {
		switch {
		case errors.Is(err, queue.ErrUnreadable): // it has no id to be called by
		case err != nil:
			return queue.Letter{}, err
		default:
			found = append(found, letter)
			seqs = append(seqs, strconv.FormatUint(letter.Seq, 10))
		}
	}
	switch len(found) {
	case 0:
		return queue.Letter{}, fmt.Errorf("%s: %w", name, queue.ErrNoLetter)
	case 1:
		return found[0], nil
	}
	return queue.Letter{}, fmt.Errorf("%s: several letters have this id: give one of the sequences %s", name, strings.Join(seqs, ", "))
}

// ask puts a question to whoever sits at the terminal. Only y and yes are one.
func ask(ctx context.Context, cmd *cobra.Command, question string) bool {
	fmt.Fprint(cmd.ErrOrStderr(), question, " [y/N] ")
	answer := make(chan string, 1)
	go func() {
		line, _ := bufio.NewReader(cmd.InOrStdin()).ReadString('\n') // no answer is no yes
		answer <- line
	}()
	select {
	case line := <-answer:
		line = strings.ToLower(strings.TrimSpace(line))
		return line == "y" || line == "yes"
	case <-ctx.Done():
		fmt.Fprintln(cmd.ErrOrStderr())
		return false
	}
}
