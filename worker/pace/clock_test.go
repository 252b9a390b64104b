package pace

import (
	"testing"
	"time"
)

// at makes a clock that shows 100 s at our time t.
func at(t time.Duration) clock {
	start := time.Unix(100, 0)
	first := true
	c := newClock(func() time.Time {
		if first {
			first = false
			return start
		}
		return start.Add(t)
	})
	return c
}

func TestClock(t *testing.T) {
	const ms = time.Millisecond
	c := at(time.Second)
	if got := c.local(); got != time.Second {
		t.Fatalf("our time is %s", got)
	}
	// Sent at 1 s, confirmed at 1.01 s, written at 51.004 s by the broker.
	c.learn(1000*ms, 1010*ms, 51004*ms)
	check := func(name string, local, wantLow, wantHigh time.Duration) {
		t.Helper()
		if low, high := c.broker(local); low != wantLow || high != wantHigh {
			t.Errorf("%s: the broker's time is %s to %s, want %s to %s", name, low, high, wantLow, wantHigh)
		}
	}
	check("at once", 1010*ms, 51004*ms, 51014*ms)
	check("20 s later", 21010*ms, 71004*ms-10*ms, 71014*ms+10*ms)
	if c.learn(21000*ms, 21010*ms, 71009*ms) {
		t.Error("a time that agrees is a jump")
	}
	check("narrower", 21010*ms, 71009*ms, 71019*ms)
	if c.learn(22000*ms, 22100*ms, 72050*ms) {
		t.Error("a slow answer is a jump")
	}
	low, high := c.broker(22100 * ms)
	if width := high - low; width > 12*ms {
		t.Errorf("a slow answer made it worse: %s", width)
	}
	if !c.learn(23000*ms, 23010*ms, 75000*ms) {
		t.Error("a leap of 2 s is no jump")
	}
	check("after the jump", 23010*ms, 75000*ms, 75010*ms)
}

func TestClockWaitsLongEnough(t *testing.T) {
	c := at(0)
	c.learn(0, 20*time.Millisecond, 50*time.Second)
	for _, ahead := range []time.Duration{0, time.Microsecond, time.Millisecond, time.Second, time.Minute} {
		local := 5 * time.Second
		low, _ := c.broker(local)
		wait := c.in(local, low+ahead)
		if then, _ := c.broker(local + wait); then < low+ahead || wait > ahead+ahead/500+time.Microsecond {
			t.Errorf("%s ahead: a wait of %s ends at %s of it", ahead, wait, then-low)
		}
	}
}
