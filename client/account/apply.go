package account

import (
	"context"
	"iter"
	"strings"
)

// State is what became of a change.
type State string

const (
	Made     State = "made"
	NotMade  State = "not_made"
	Unknown  State = "unknown"   // neither an answer nor reading it back told
	NotTried State = "not_tried" // one before it was not made
)

func (s State) String() string { return strings.ReplaceAll(string(s), "_", " ") }

// Outcome is a change and what became of it. The ID of what was made is set if
// the provider's answer named it.
type Outcome struct {
	Change
	State State

	// ReadBack says that the answer was lost or proved nothing, and that State
	// was read from the account afterwards.
	ReadBack bool

	// Err is nil if State is Made or NotTried: an error of package client, or
	// ErrChanged.
	Err error
}

// Apply makes the changes one after the other and yields what became of each.
// After the first that was not made the rest is not tried. Applying a new plan
// of the same file goes on from there, but for an app that was made and whose
// id the file lacks: its second making is refused.
//
// A context that ends stops it: the change in hand is read back all the same.
func (p Plan) Apply(ctx context.Context) iter.Seq[Outcome] {
	return func(yield func(Outcome) bool) {
		stopped := false
		for _, c := range p.Changes {
			r := result{state: NotTried}
			if !stopped {
				r = c.make(ctx)
			}
			stopped = r.state != Made
			o := Outcome{Change: c, State: r.state, ReadBack: r.readBack, Err: r.err}
			if c.Action == Create {
				o.ID = r.id
			}
			if !yield(o) {
				return
			}
		}
	}
}
