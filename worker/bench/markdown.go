package bench

import (
	"fmt"
	"io"
)

// Circumstances are what a row of the table says beside its figure.
type Circumstances struct{ Machine, Date, Commit, Command string }

// MarkdownHead begins a table of goals.
func MarkdownHead(w io.Writer) error {
	_, err := io.WriteString(w, "| measure | goal | reached | met | rounds | machine | date | commit | command |\n|---|---|---|---|---|---|---|---|---|\n")
	return err
}

// Markdown is the goal as a row of that table.
func (r Reached) Markdown(w io.Writer, c Circumstances) error {
	met := "no"
	if r.Met() {
		met = "yes"
	}
	busy := ""
	if r.Foreign > quietShare {
		busy = fmt.Sprintf("; other programs used %.1f processors", r.Foreign)
	}
	_, err := fmt.Fprintf(w, "| %s | %s | %s | %s | %d, %s to %s%s | %s | %s | %s | `%s` |\n",
		r.Measure, r.wanted(), r.figure(r.Value), met, r.Rounds, r.figure(r.Low), r.figure(r.High), busy,
		c.Machine, c.Date, c.Commit, c.Command)
	return err
}

func (g Goal) wanted() string {
	switch {
	case g.AtLeast:
		return "≥ " + g.figure(g.Limit)
	case g.Seconds:
		return "< " + g.figure(g.Limit)
	}
	return "≤ " + g.figure(g.Limit)
}

func (g Goal) figure(v float64) string {
	if g.Seconds {
		return fmt.Sprintf("%.2f s", v)
	}
	return fmt.Sprintf("%.2f ×", v)
}
