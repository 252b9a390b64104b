package pace

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/nats-io/nats.go/jetstream"
)

// pacerOf has an account of one token a second, known to be between 10 s and
// 10.1 s ahead of our clock, and no claims.
func pacerOf(t *testing.T, held ...run) *Pacer {
	t.Helper()
	p, err := New(Config{Account: 1}, struct{ jetstream.KeyValue }{})
	if err != nil {
		t.Fatal(err)
	}
	p.clock.known, p.clock.low, p.clock.high = true, 10*sec, 10100*time.Millisecond
	p.account.spacing = spacing{step: sec, early: 2 * sec, late: 3 * sec}
	for _, r := range held {
		p.account.add(r)
	}
	return p
}

// Where the time is not known exactly, a token is used only if it may be by both
// limits.
func TestTakeByTheStricterTime(t *testing.T) {
	const ms = time.Millisecond
	for _, c := range []struct {
		slot  time.Duration
		first bool
		want  int
	}{
		{10 * sec, false, 1},
		{10*sec + ms, false, 0},
		{12 * sec, true, 1},
		{12*sec + ms, true, 0},
		{7100 * ms, false, 1},
		{7099 * ms, false, 0},
	} {
		synctest.Test(t, func(t *testing.T) {
			p := pacerOf(t, run{slot: c.slot, n: 1})
			if got := p.grab(0, p.others, c.first, 5); got.N != c.want {
				t.Errorf("slot %s, interactive %v: %d tokens at 10 s to 10.1 s, want %d", c.slot, c.first, got.N, c.want)
			}
		})
	}
}

// calls are calls of Take that wait, in their order.
type calls struct {
	t   *testing.T
	p   *Pacer
	got map[string]int
}

func (c *calls) start(ctx context.Context, name string, first bool) {
	go func() {
		if got, err := c.p.Take(ctx, "app1", first, 2); err == nil {
			c.p.mu.Lock()
			c.got[name] = got.N
			c.p.mu.Unlock()
		}
	}()
	synctest.Wait()
}

func (c *calls) check(when string, want map[string]int) {
	c.t.Helper()
	synctest.Wait()
	for _, name := range []string{"batch", "late", "login", "late login"} {
		if c.got[name] != want[name] {
			c.t.Errorf("%s: %s has %d tokens, want %d", when, name, c.got[name], want[name])
		}
	}
}

// Logins first, then in the order of their calls; nobody goes before those who
// wait for the same.
func TestTakeInOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		p := pacerOf(t)
		c := &calls{t, p, map[string]int{}}
		c.start(ctx, "batch", false)
		c.start(ctx, "login", true)
		p.mu.Lock()
		p.account.add(run{slot: 10 * sec, n: 1})
		p.mu.Unlock()
		c.start(ctx, "late login", true)
		c.start(ctx, "late", false)
		c.check("a newcomer finds a token", nil)
		for i, want := range []map[string]int{
			{"login": 1},
			{"login": 1, "late login": 2},
			{"login": 1, "late login": 2, "batch": 2},
			{"login": 1, "late login": 2, "batch": 2, "late": 1},
		} {
			p.mu.Lock()
			p.serve(0)
			p.account.add(run{slot: 10 * sec, n: []int{2, 2, 1, 0}[i]})
			p.mu.Unlock()
			c.check("served", want)
		}
		cancel()
		synctest.Wait()
	})
}

// A token is for a call that is made soon, and not during a pause.
func TestInTime(t *testing.T) {
	synctest.Test(t, testInTime)
}

func testInTime(t *testing.T) {
	const ms = time.Millisecond
	p := pacerOf(t)
	p.account.grace = 500 * ms
	for _, c := range []struct {
		name string
		slot time.Duration
		slow time.Duration
		want bool
	}{
		{"at once", 10 * sec, 0, true},
		{"as late as may be", 6600 * ms, 0, true},
		{"perhaps too late", 6599 * ms, 0, false},
		{"during a pause", 10 * sec, time.Hour, false},
		{"never taken", 0, 0, false},
	} {
		p.slow = c.slow
		if got := p.InTime("app1", Tokens{N: 1, account: c.slot}); got != c.want {
			t.Errorf("%s: in time %v", c.name, got)
		}
	}
	none, err := New(Config{}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if !none.InTime("app1", Tokens{N: 1}) {
		t.Error("there is no limit")
	}
}
