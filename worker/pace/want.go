package pace

import "time"

// A want is what the calls of a group and class need tokens for.
type want struct {
	app   *supply // nil: only the account limits them
	first bool
	// waiting is how many tokens are waited for now, soon how many recent calls
	// let expect, total what is to be at hand.
	waiting, soon, total int

	// got is how many there are in the plan, fresh how many of them have to be
	// claimed.
	got, fresh int
	// atOnce: one of the fresh ones can be used now.
	atOnce bool
	// blocker is the scope that has no more for now, from its slot on.
	blocker *supply
	slot    time.Duration
	done    bool
}

// ripe reports whether what can be claimed is worth a claim; if not, at is when
// it will be: never if not before more tokens were asked for or taken.
//
// Where there are enough, tokens are claimed when none or few are at hand; where
// there are fewer than wanted, when there is a chunk, and a little earlier by
// those who have none at hand. Calls that could go on at once do not wait for
// that.
func (w *want) ripe() (ok bool, at time.Duration) {
	held, need := w.got-w.fresh, w.total
	switch {
	case w.urgent():
		return true, 0
	case w.blocker == nil && w.first && w.waiting > held:
		return true, 0
	case w.blocker == nil:
		return w.fresh > 0 && w.fresh >= need-need/4, never
	}
	need = min(need, max(1, w.blocker.chunk()/w.blocker.sharers))
	if held == 0 {
		need -= need / 4
	}
	if w.fresh >= need {
		return true, 0
	}
	more := time.Duration(need-w.fresh-1) * w.blocker.step
	return false, w.slot + more - w.blocker.ahead(w.first)
}

// urgent reports whether calls can go on at once if a claim is made now: those
// of a batch if they have nothing else.
func (w *want) urgent() bool {
	held := w.got - w.fresh
	return w.atOnce && w.waiting > held && (w.first || held == 0)
}
