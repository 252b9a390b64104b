package pace

import (
	"encoding/json"
	"testing"
	"time"
)

func TestStateKeepsOnlyWhatMatters(t *testing.T) {
	account, a, b := newScope("", 10), newScope("a", 1), newScope("b", 1)
	s := state{
		Account: mark{100 * sec, 1}, Slow: 99 * sec, Since: sec,
		Apps: map[string]mark{"a": {90 * sec, 1}, "old": {98 * sec, 1}, "busy": {101 * sec, 1}},
	}
	s.claim([]*supply{
		{scope: account, begin: 100 * sec, claimed: 0},
		{scope: a, begin: 100 * sec, claimed: 2},
		{scope: b, begin: 100 * sec, claimed: 0},
	}, 100*sec)
	if len(s.Apps) != 2 || s.of(a) != (mark{100*sec + 2*a.step, a.step}) || s.Apps["busy"].Next != 101*sec || s.of(account) != (mark{100 * sec, 1}) || s.Slow != 0 {
		t.Errorf("state %+v", s)
	}
	data, err := json.Marshal(s)
	if err != nil {
		t.Fatal(err)
	}
	again, ok := decode(data)
	if !ok || again.of(a) != s.of(a) || again.of(account) != s.of(account) || again.of(b) != (mark{}) {
		t.Errorf("%s was read as %+v", data, again)
	}
}

func TestStateThatCannotBe(t *testing.T) {
	for _, data := range []string{"", "{", "[]", `{"since":1,"account":"x"}`, `{"account":{"next":7}}`} {
		if _, ok := decode([]byte(data)); ok {
			t.Errorf("%q was read", data)
		}
	}
	for _, c := range []struct {
		rate       float64
		next, step time.Duration
		want       bool
	}{
		{0.1, 0, 0, true},
		{0.1, 99 * sec, 0, true},
		{0.1, 120 * sec, 0, true}, // claims reach 22 s ahead
		{0.1, 130 * sec, 0, false},
		{100, 101 * sec, sec / 97, true},
		{100, 105 * sec, sec / 97, false},
		{100, 105 * sec, 5 * sec, true}, // by a worker with another rate
		{100, time.Hour, time.Hour, false},
	} {
		s := state{Account: mark{c.next, c.step}}
		if got := s.credible(newScope("", c.rate), 100*sec); got != c.want {
			t.Errorf("%v a second, a free slot at %s, steps of %s, at 100 s: credible %v", c.rate, c.next, c.step, got)
		}
	}
}
