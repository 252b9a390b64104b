package worker

import (
	"testing"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/otpworker/otpworker/schema"
	"github.com/otpworker/otpworker/worker/pace"
	"github.com/otpworker/otpworker/worker/queue"
)

// A pull stays only where it takes nothing from anybody.
func TestLeisure(t *testing.T) {
	rate := func(perSecond float64) *pace.Pacer {
		var bucket struct{ jetstream.KeyValue } // that nobody asks
		p, err := pace.New(pace.Config{Account: perSecond}, bucket)
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	for name, tc := range map[string]struct {
		change func(*intake)
		want   bool
	}{
		"slots enough":              {func(*intake) {}, true},
		"too few slots":             {func(in *intake) { in.takeSlots(t.Context(), 7) }, false},
		"another app is at it":      {func(in *intake) { in.busy.Add(1) }, false},
		"another app has no intake": {func(in *intake) { in.waiting.Add(1) }, false},
		"a batch of the app":        {func(in *intake) { in.share.intakes++ }, false},
		"a batch has no intake":     {func(in *intake) { in.share.waiting.Add(1) }, false},
		"fewer calls in flight":     {func(in *intake) { in.steered.Store(true) }, false},
		"a rate":                    {func(in *intake) { in.pace = rate(10) }, false},
		"newer jobs cancel older":   {func(in *intake) { in.newest = &newest{} }, false},
	} {
		in := &intake{
			lane:  &lane{Worker: &Worker{pace: rate(0)}, slots: newSlots(10)},
			app:   queue.App{Lane: schema.LaneBatch, ID: "app1"},
			share: &share{intakes: 1},
		}
		in.busy.Store(1)
		tc.change(in)
		if got := in.leisure(8); got != tc.want {
			t.Errorf("%s: %v, want %v", name, got, tc.want)
		}
	}
}

func TestWant(t *testing.T) {
	for _, tc := range []struct {
		full, compared  bool
		ask, most, want int
	}{
		{false, false, 0, 64, leastAsk},
		{false, false, 16, 64, 16},
		{false, false, 128, 64, 64},
		{false, false, 0, 1, 1}, // a probe
		{true, false, 16, 64, 64},
		{false, true, 16, 64, 64},
	} {
		in := &intake{lane: &lane{Worker: &Worker{}}, full: tc.full, ask: tc.ask}
		if tc.compared {
			in.newest = &newest{}
		}
		if got := in.want(tc.most); got != tc.want {
			t.Errorf("%+v: %d", tc, got)
		}
	}
}

// What is asked for follows what comes: not far below it, and not long above it.
func TestFed(t *testing.T) {
	for _, tc := range []struct {
		n, taken, ask int
		full          bool
	}{
		{16, 16, 16, true},
		{16, 15, 16, false},
		{16, 4, 16, false},
		{16, 3, 8, false},
		{1, 0, 1, false},
	} {
		in := &intake{ask: 99}
		if in.fed(tc.n, tc.taken); in.ask != tc.ask || in.full != tc.full {
			t.Errorf("%+v: ask %d, full %v", tc, in.ask, in.full)
		}
	}
}
