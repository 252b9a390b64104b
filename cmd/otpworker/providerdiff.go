package main

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/otpworker/otpworker/client/account"
)

// planView and outcomesView are the JSON of plan and of what changes.
type planView struct {
	Changes []account.Change `json:"changes"`
}

type outcomesView struct {
	Outcomes []outcomeView `json:"outcomes"`
}

type outcomeView struct {
	account.Change
	State    account.State `json:"state"`
	ReadBack bool          `json:"readBack,omitempty"`
	Error    string        `json:"error,omitempty"`
}

func viewOutcome(o account.Outcome) outcomeView {
	v := outcomeView{Change: o.Change, State: o.State, ReadBack: o.ReadBack}
	if o.Err != nil {
		v.Error = o.Err.Error()
	}
	return v
}

// changeLines is one line for each field: "~ app app0001 (login): codeExpiry 5 → 10".
func changeLines(c account.Change) (lines []string) {
	for _, d := range c.Differences {
		switch {
		case c.Action == account.Update:
			lines = append(lines, fmt.Sprintf("~ %s: %s %s → %s", label(c), d.Field, quoted(d.From), quoted(d.To)))
		case d.Field == "name":
			lines = append(lines, "+ "+label(c))
		default:
			lines = append(lines, fmt.Sprintf("+ %s: %s %s", label(c), d.Field, quoted(d.To)))
		}
	}
	return lines
}

// label is "app app0001 (login)", or "app login" of what has no id yet.
func label(c account.Change) string {
	switch {
	case c.ID == "" || c.Action == account.Create:
		return c.Kind + " " + quoted(c.Name)
	case c.Name == "":
		return c.Kind + " " + c.ID
	}
	return fmt.Sprintf("%s %s (%s)", c.Kind, c.ID, c.Name)
}

// quoted keeps apart what has blanks.
func quoted(s string) string {
	if strings.Contains(s, " ") {
		return strconv.Quote(s)
	}
	return readable(s)
}

// outcomeLine says what became of a change.
func outcomeLine(o account.Outcome) string {
	line := fmt.Sprintf("%s: %s", label(o.Change), o.State)
	if o.State == account.Made && o.Action == account.Create && o.ID != "" {
		line += ", id " + o.ID
	}
	if o.ReadBack {
		line += ", as read back after a lost answer"
	}
	if o.Err != nil {
		line += ": " + o.Err.Error()
	}
	return line
}

// outcomeFailure is why a change was not made. Its exit code is not that of a
// lost answer once reading it back has told.
func outcomeFailure(o account.Outcome) error {
	err := fmt.Errorf("%s: %s: %w", label(o.Change), o.State, o.Err)
	if o.State == account.NotMade && o.ReadBack {
		return fail(exitFailed, err)
	}
	return err
}
