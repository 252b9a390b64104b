package pace

import (
	"testing"
	"time"
)

// supplyOf is a scope of so many tokens a second whose first free slot is next,
// at the time 100 s.
func supplyOf(rate float64, next time.Duration, held ...run) *supply {
	return &supply{scope: newScope("", rate), next: next, held: held}
}

func TestPlan(t *testing.T) {
	const now = 100 * sec
	const ms = time.Millisecond
	long := 40 * sec // long ago
	for _, c := range []struct {
		name         string
		account, app *supply
		wants        []want // app: any for the one above
		ripe, urgent bool
		got          []int
		claimed      [2]int // account, app
		again        time.Duration
	}{
		{
			name: "what is free is claimed", account: supplyOf(100, long),
			wants: []want{{waiting: 5, total: 8}},
			ripe:  true, urgent: true, got: []int{8}, claimed: [2]int{8, 0},
		},
		{
			name: "a batch claims no more than the lead", account: supplyOf(100, now),
			wants: []want{{waiting: 500, total: 500}},
			ripe:  true, urgent: true, got: []int{30}, claimed: [2]int{30, 0},
		},
		{
			name: "interactive calls claim further ahead", account: supplyOf(100, now+500*ms),
			wants: []want{{waiting: 500, total: 500, first: true}},
			ripe:  true, got: []int{49}, claimed: [2]int{49, 0},
		},
		{
			name: "a busy batch is a moment away for interactive calls", account: supplyOf(100, now+300*ms),
			wants: []want{{waiting: 1, total: 1}, {waiting: 1, total: 1, first: true}},
			ripe:  true, urgent: true, got: []int{0, 1}, claimed: [2]int{1, 0},
		},
		{
			name: "scraps are not worth a claim", account: supplyOf(100, now+250*ms),
			wants: []want{{waiting: 64, total: 64}},
			got:   []int{5}, claimed: [2]int{5, 0}, again: now + 250*ms + 14*sec/97 - 300*ms,
		},
		{
			name: "few tokens are divided", account: supplyOf(100, now),
			wants: []want{{waiting: 500, total: 500}, {waiting: 500, total: 500}, {waiting: 2, total: 2}},
			ripe:  true, urgent: true, got: []int{14, 14, 2}, claimed: [2]int{30, 0},
		},
		{
			name: "nothing of the account without a token of the app", account: supplyOf(100, long), app: supplyOf(1, now+sec),
			wants: []want{{waiting: 5, total: 5, app: &supply{}}},
			got:   []int{0}, claimed: [2]int{0, 0}, again: now + sec - newSpacing(1).lead,
		},
		{
			name: "nothing of the app without a token of the account", account: supplyOf(1, now+sec), app: supplyOf(100, long),
			wants: []want{{waiting: 5, total: 5, app: &supply{}}},
			got:   []int{0}, claimed: [2]int{0, 0}, again: now + sec - newSpacing(1).lead,
		},
		{
			name: "both together", account: supplyOf(100, long), app: supplyOf(50, long),
			wants: []want{{waiting: 5, total: 5, app: &supply{}}},
			ripe:  true, urgent: true, got: []int{5}, claimed: [2]int{5, 5},
		},
		{
			name: "what is at hand is not claimed again", account: supplyOf(100, long, run{slot: now, step: 10 * ms, n: 4}), app: supplyOf(50, long),
			wants: []want{{waiting: 4, total: 4, app: &supply{}}},
			ripe:  true, urgent: true, got: []int{4}, claimed: [2]int{0, 4},
		},
		{
			name: "a reserve that is half full stays", account: supplyOf(100, long, run{slot: now, step: 10 * ms, n: 5}),
			wants: []want{{soon: 10, total: 10}},
			got:   []int{10}, claimed: [2]int{5, 0}, again: never,
		},
		{
			name: "tokens that are as good as expired do not count", account: supplyOf(100, long, run{slot: now - 490*ms, n: 5}),
			wants: []want{{waiting: 3, total: 3}},
			ripe:  true, urgent: true, got: []int{3}, claimed: [2]int{3, 0},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := plan{now: now, account: c.account}
			for i := range c.wants {
				w := &c.wants[i]
				if w.app != nil {
					w.app = c.app
				}
				p.wants = append(p.wants, w)
			}
			ripe, urgent, again := p.make()
			if ripe != c.ripe || urgent != c.urgent {
				t.Errorf("ripe %v, urgent %v; want %v, %v", ripe, urgent, c.ripe, c.urgent)
			}
			if !ripe && (again-c.again).Abs() > ms {
				t.Errorf("again at %s, want %s", again, c.again)
			}
			for i, want := range c.got {
				if got := c.wants[i].got; (got-want)*(got-want) > 1 {
					t.Errorf("want %d got %d, not %d", i, got, want)
				}
			}
			claimed := [2]int{c.account.claimed, 0}
			if c.app != nil {
				claimed[1] = c.app.claimed
			}
			if d := claimed[0] - c.claimed[0]; d*d > 1 || claimed[1] != c.claimed[1] {
				t.Errorf("claimed %v, want %v", claimed, c.claimed)
			}
		})
	}
}

// Nothing is claimed for the time of a pause.
func TestPlanDuringAPause(t *testing.T) {
	s := supplyOf(100, 0)
	p := plan{now: 100 * sec, slow: 105 * sec, account: s, wants: []*want{{waiting: 5, total: 5}}}
	if ripe, _, again := p.make(); ripe || s.claimed != 0 || again < 104*sec || again > 105*sec {
		t.Errorf("ripe %v, claimed %d, again at %s", ripe, s.claimed, again)
	}
}
