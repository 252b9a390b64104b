package pace

import (
	"testing"
	"time"
)

const sec = time.Second

// a scope of one token a second, 10 s early and 20 s late.
func slowScope(runs ...run) *scope {
	s := &scope{spacing: spacing{step: sec, early: 10 * sec, late: 20 * sec}}
	for _, r := range runs {
		s.add(r)
	}
	return s
}

func TestScopeUsesTokensInTheirTime(t *testing.T) {
	for _, c := range []struct {
		name      string
		low, high time.Duration
		first     bool
		most      int
		want      int
		oldest    time.Duration
		left      int
	}{
		{"before the first slot", 99 * sec, 99 * sec, false, 9, 0, 0, 5},
		{"at the first slot", 100 * sec, 100 * sec, false, 9, 1, 100 * sec, 4},
		{"between two slots", 101*sec + 1, 102 * sec, false, 9, 2, 100 * sec, 3},
		{"no more than asked for", 104 * sec, 104 * sec, false, 3, 3, 100 * sec, 2},
		{"interactive, too early", 89 * sec, 90 * sec, true, 9, 0, 0, 5},
		{"interactive, early", 92 * sec, 92 * sec, true, 9, 3, 100 * sec, 2},
		{"as late as may be", 120 * sec, 120 * sec, false, 9, 5, 100 * sec, 0},
		{"perhaps too late", 120 * sec, 120*sec + 1, false, 9, 4, 101 * sec, 0},
		{"all too late", 124 * sec, 124*sec + 1, false, 9, 0, 0, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := slowScope(run{slot: 100 * sec, step: sec, n: 5})
			s.expire(c.high)
			n := s.usable(c.low, c.first, c.most)
			oldest := s.take(c.low, c.first, n)
			if n != c.want || oldest != c.oldest || s.left != c.left {
				t.Errorf("%d tokens from %s on, %d left; want %d from %s on, %d left", n, oldest, s.left, c.want, c.oldest, c.left)
			}
		})
	}
}

// Returned tokens lie between others; only those whose time has come are used.
func TestScopeWithReturnedTokens(t *testing.T) {
	s := slowScope(run{slot: 102 * sec, step: 2 * sec, n: 3}, run{slot: 103 * sec, n: 2})
	if n := s.usable(103*sec, false, 9); n != 3 {
		t.Fatalf("%d tokens are usable, want 3", n)
	}
	s.take(103*sec, false, 3)
	if got := s.ready(false); got != 104*sec || s.left != 2 || len(s.runs) != 1 {
		t.Errorf("the next is at %s, %d left in %d runs; want 104 s, 2 in 1", got, s.left, len(s.runs))
	}
	for range 2 * maxRuns {
		s.putBack(run{slot: 90 * sec, n: 1})
	}
	if len(s.runs) > maxRuns {
		t.Errorf("%d runs", len(s.runs))
	}
	s.putBack(run{n: 7})
	if got := s.ready(true); got != 80*sec {
		t.Errorf("the next is at %s, want 80 s", got)
	}
}

func TestNoScope(t *testing.T) {
	var s *scope
	s.expire(sec)
	s.add(run{slot: sec, n: 1})
	if s.usable(0, false, 7) != 7 || s.take(0, false, 7) != 0 || s.ready(false) != 0 {
		t.Error("no scope is a limit")
	}
}
