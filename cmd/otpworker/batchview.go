package main

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"time"

	"github.com/otpworker/otpworker/schema"
	"github.com/otpworker/otpworker/worker/queue"
)

// A batchView is a batch as JSON. It adds up: rows + repeats = unpublished +
// waiting + the sum of counts.
type batchView struct {
	ID          string                    `json:"id"`
	AppID       string                    `json:"appId"`
	State       queue.BatchState          `json:"state"`
	Cancelled   bool                      `json:"cancelled"`
	Rows        uint64                    `json:"rows"`
	Published   uint64                    `json:"published"`
	Unpublished uint64                    `json:"unpublished"`
	Waiting     uint64                    `json:"waiting"`
	Counts      map[schema.Outcome]uint64 `json:"counts"`
	Reasons     schema.Reasons            `json:"reasons"`
	Repeats     uint64                    `json:"repeats,omitzero"`
	CreatedAt   time.Time                 `json:"createdAt"`
	UpdatedAt   time.Time                 `json:"updatedAt"`
	EndedAt     time.Time                 `json:"endedAt,omitzero"`
}

func viewOfBatch(s queue.BatchStatus) batchView {
	v := batchView{
		ID: s.ID, AppID: s.AppID, State: s.State, Cancelled: s.Cancelled, Rows: s.Rows,
		Published: s.Rows - s.Unpublished, Unpublished: s.Unpublished, Waiting: s.Waiting,
		Counts: map[schema.Outcome]uint64{}, Reasons: s.Reasons, Repeats: s.Repeats,
		CreatedAt: s.CreatedAt, UpdatedAt: s.UpdatedAt, EndedAt: s.EndedAt,
	}
	for _, o := range schema.Outcomes() {
		v.Counts[o] = s.Counts[o]
	}
	return v
}

// stateText tells a batch that was cancelled from one that came to its end.
func (v batchView) stateText() string {
	if v.State == queue.BatchFinished && v.Cancelled {
		return "finished (cancelled)"
	}
	return string(v.State)
}

func printBatch(w io.Writer, output string, s queue.BatchStatus) error {
	v := viewOfBatch(s)
	if output == "json" {
		enc := json.NewEncoder(w)
		enc.SetIndent("", "  ")
		return enc.Encode(v)
	}
	return v.table(w, &printer{color: wantsColor(w)})
}

func (v batchView) table(w io.Writer, paint *printer) error {
	t := &linePrinter{w: w}
	t.line("batch        %s", v.ID)
	t.line("app          %s", v.AppID)
	t.line("state        %s", v.stateText())
	t.line("created      %s", v.CreatedAt.Local().Format(time.DateTime))
	if !v.EndedAt.IsZero() {
		t.line("ended        %s (after %s)", v.EndedAt.Local().Format(time.DateTime), inWords(v.EndedAt.Sub(v.CreatedAt)))
	}
	t.line("rows         %10d", v.Rows)
	t.line("unpublished  %10d", v.Unpublished)
	t.line("waiting      %10d", v.Waiting)
	for _, o := range schema.Outcomes() {
		t.line("%s     %10d", paint.paint(o, pad(string(o))), v.Counts[o])
		if o == schema.OutcomeSent {
			continue
		}
		for _, reason := range slices.Sorted(maps.Keys(v.Reasons[o])) {
			t.line("  %-20s %d", reason, v.Reasons[o][reason])
		}
	}
	if v.Repeats > 0 {
		t.line("repeats      %10d", v.Repeats)
	}
	return t.err
}

// A linePrinter keeps the first error.
type linePrinter struct {
	w   io.Writer
	err error
}

func (t *linePrinter) line(format string, args ...any) {
	if t.err == nil {
		_, t.err = fmt.Fprintf(t.w, format+"\n", args...)
	}
}
