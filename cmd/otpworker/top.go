package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/nats-io/nats.go/jetstream"
	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/otpworker/otpworker/worker/queue"
	"github.com/otpworker/otpworker/worker/stats"
)

// topEvery is the pause between two looks.
const topEvery = 2 * time.Second

func topCommand() *cobra.Command {
	var once bool
	output := "table"
	cmd := &cobra.Command{
		Use:   "top",
		Short: "Show the queue and all workers, live",
		Long: `Show the queue and all workers, anew every 2 s until Ctrl-C: throughput, outcomes,
job age, what is held since when and why, backlog, batches, the fleet. It asks over
NATS: no port of a worker is needed, and it needs an operator's rights where there
are roles.

Ages are those of the last minute, from publish to result, of the slowest worker:
the fleet's are not above them. Counts since start are those of the workers that
run.

With --once, with -o json, and where the output is no terminal it shows one look.

  otpworker top
  otpworker top --once -o json | jq .lastMinute

` + exitCodes,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if output != "table" && output != "json" {
				return fail(exitUsage, fmt.Errorf("--output: %q is not table or json", output))
			}
			t := &top{out: cmd.OutOrStdout(), json: output == "json"}
			return withAppTelling(cmd, t.trouble.add, func(ctx context.Context, q *queue.Queue) error {
				if once || t.json || !isTerminal(t.out) || os.Getenv("TERM") == "dumb" {
					return t.once(ctx, q)
				}
				return t.live(ctx, func(ctx context.Context) (stats.Overview, bool) { return stats.Look(ctx, q), q.Connected() })
			})
		},
	}
	cmd.Flags().BoolVar(&once, "once", false, "show one look and end")
	cmd.Flags().StringVarP(&output, "output", "o", output, "table or json")
	return cmd
}

type top struct {
	out     io.Writer
	json    bool
	trouble denials
}

// once shows one look. What is missing in it is an error too.
func (t *top) once(ctx context.Context, q *queue.Queue) error {
	o := stats.Look(ctx, q)
	if ctx.Err() != nil {
		return fail(exitInterrupted, errors.New("interrupted"))
	}
	for _, f := range o.Faults {
		if errors.Is(f, jetstream.ErrStreamNotFound) {
			return publishFailure(fmt.Errorf("%w: %w", queue.ErrNoQueue, f))
		}
	}
	if err := t.show(o); err != nil {
		return fail(exitFailed, err)
	}
	return fail(exitFailed, t.missing(o))
}

func (t *top) show(o stats.Overview) error {
	if t.json {
		enc := json.NewEncoder(t.out)
		enc.SetIndent("", "  ")
		return enc.Encode(o)
	}
	v := topView{Overview: o, width: width(t.out), color: wantsColor(t.out), zone: time.Local}
	_, err := io.WriteString(t.out, strings.Join(v.lines(), "\n")+"\n")
	return err
}

// missing says what could not be looked at and, where it is a matter of rights,
// the mend.
func (t *top) missing(o stats.Overview) error {
	var text []string
	for _, f := range o.Faults {
		text = append(text, fmt.Sprintf("%s not seen: %s", f.Part, f.Err))
	}
	if len(text) == 0 {
		return nil
	}
	if refused := t.trouble.list(); len(refused) > 0 {
		text = append(text, "the broker refuses: "+strings.Join(refused, ", "), "mend: connect with the operator's identity, see deploy/nats/accounts.conf")
	}
	return errors.New(strings.Join(text, "\n"))
}

const (
	// What a terminal is told: another screen without a cursor and back, and to
	// draw over what stands there.
	enterScreen = "\x1b[?1049h\x1b[?25l"
	leaveScreen = "\x1b[?25h\x1b[?1049l"
	toTop       = "\x1b[H"
	endOfLine   = "\x1b[K"
	endOfScreen = "\x1b[J"
)

// live draws what it sees until a signal comes, and leaves the terminal as it was.
func (t *top) live(ctx context.Context, look func(context.Context) (o stats.Overview, connected bool)) (err error) {
	if _, err := io.WriteString(t.out, enterScreen); err != nil {
		return fail(exitFailed, err)
	}
	defer func() {
		_, left := io.WriteString(t.out, leaveScreen)
		err = errors.Join(err, fail(exitFailed, left))
	}()
	again := time.NewTicker(topEvery)
	defer again.Stop()
	for {
		o, connected := look(ctx)
		if ctx.Err() != nil {
			return nil // Ctrl-C is how it ends
		}
		if err := t.draw(o, connected); err != nil {
			return fail(exitFailed, err)
		}
		select {
		case <-again.C:
		case <-ctx.Done():
			return nil
		}
	}
}

// draw fits a look into the terminal: what does not fit is cut off.
func (t *top) draw(o stats.Overview, connected bool) error {
	columns, rows := size(t.out)
	v := topView{Overview: o, width: columns, color: wantsColor(t.out), zone: time.Local}
	lines := v.lines()
	if !connected {
		lines = append([]string{"no NATS server is connected, trying on"}, lines...)
	}
	if missing := t.missing(o); missing != nil {
		for line := range strings.SplitSeq(missing.Error(), "\n") {
			lines = append(lines, cut(line, columns))
		}
	}
	if more := len(lines) - rows; more > 0 {
		lines = append(lines[:rows-1], cut(fmt.Sprintf("%d more lines: make the terminal higher, or use --once", more+1), columns))
	}
	_, err := io.WriteString(t.out, toTop+strings.Join(lines, endOfLine+"\r\n")+endOfLine+endOfScreen)
	return err
}

func size(out io.Writer) (columns, rows int) {
	if f, ok := out.(*os.File); ok {
		if columns, rows, err := term.GetSize(int(f.Fd())); err == nil && columns > 0 && rows > 0 {
			return columns, rows
		}
	}
	return 80, 24
}
