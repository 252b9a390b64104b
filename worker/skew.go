package worker

import (
	"context"
	"time"
)

// maxSkew is how far our clock may be off the broker's before it is alarmed.
const maxSkew = 2 * time.Second

// measureSkew compares our clock with the broker's and keeps how far we are
// behind: a code's expiry is a time of the broker's or the app's clock, and a
// clock that is behind would send after it.
func (w *Worker) measureSkew(ctx context.Context) {
	skew, err := w.queue.ClockSkew(ctx)
	if err != nil {
		if ctx.Err() == nil {
			w.log.Warn("clock skew not measured", keyErr, err)
		}
		return
	}
	w.clock.Store(int64(skew))
	if skew > maxSkew || skew < -maxSkew {
		w.log.Error("our clock is off the broker's: check NTP on both", "skew_ms", skew.Milliseconds())
		w.emit(Event{Kind: KindSkew, Delay: skew})
	}
}

// skew is how far our clock is behind the broker's; negative if it is ahead.
func (w *Worker) skew() time.Duration { return time.Duration(w.clock.Load()) }
