package worker

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/otpworker/otpworker/schema"
	"github.com/otpworker/otpworker/worker/pace"
)

const reasonRateLimited = "rate_limited"

// ratePatience is how long an intake waits for a token before it looks around,
// and a job in its slot before it goes back to the queue.
const ratePatience = time.Second

// tightAfter is how long a login waits for its token in its slot before the next
// ones of its app get theirs first.
const tightAfter = 50 * time.Millisecond

// Paced reports whether sends are held to a rate.
func (c Config) Paced() bool { return c.Rate > 0 || len(c.AppRates) > 0 }

// openRate binds the bucket by which the fleet shares its rate. Without a rate it
// serves for a pause that the provider asks for, and may be missing.
func (w *Worker) openRate(ctx context.Context) error {
	kv, err := w.queue.RateBucket(ctx)
	if err != nil {
		if w.cfg.Paced() {
			return err
		}
		w.log.Warn("a pause that the provider asks for will be this worker's alone", keyErr, err)
		kv = nil
	}
	w.pace, err = pace.New(pace.Config{Account: w.cfg.Rate, Apps: w.cfg.AppRates, Logger: w.cfg.Logger}, kv)
	return err
}

// reserve takes slots and, where there is a rate, a token for each: for up to most
// calls that are made at once. Nobody waits for a token with a slot in his hand;
// short says that there was none.
func (in *intake) reserve(ctx context.Context, most int) (slots int, tokens pace.Tokens, short bool) {
	slots = in.takeSlots(ctx, most)
	if slots == 0 || !in.pace.Limits(in.app.ID) || in.first() && time.Now().UnixNano() >= in.tight.Load() {
		return slots, pace.Tokens{}, false
	}
	in.giveSlots(slots)
	patient, cancel := context.WithTimeout(ctx, ratePatience)
	defer cancel()
	tokens, err := in.pace.Take(patient, in.app.ID, in.first(), slots)
	if tokens.N < slots {
		in.tight.Store(time.Now().Add(ratePatience).UnixNano())
	}
	if err != nil {
		return 0, pace.Tokens{}, true
	}
	slots = in.takeSlots(ctx, tokens.N)
	in.pace.Return(in.app.ID, tokens, tokens.N-slots)
	return slots, tokens, false
}

// first says that the lane has first claim on the rate. Its jobs are pulled at
// once, and each takes its token for itself: a login comes alone.
func (l *lane) first() bool { return l.name == schema.LaneInteractive }

// pay has a token ready for the call that comes next, after a wait if need be.
// Without one the job is held: it costs no attempt.
func (w *Worker) pay(ctx context.Context, d *delivery, patience time.Duration) (held decision, ok bool) {
	if !w.pace.Limits(d.job.AppID) || d.tokens.N > 0 && w.pace.InTime(d.job.AppID, d.tokens) {
		return decision{}, true
	}
	until := earliest(time.Now().Add(patience), d.expiresAt, d.lease.Add(-w.cfg.CallTimeout))
	ctx, cancel := context.WithDeadline(ctx, until)
	defer cancel()
	d.hold()
	var err error
	asked := time.Now()
	d.tokens, err = w.pace.Take(ctx, d.job.AppID, d.lane == schema.LaneInteractive, 1)
	if d.tight != nil && time.Since(asked) > tightAfter {
		d.tight.Store(time.Now().Add(ratePatience).UnixNano())
	}
	if err != nil {
		return decision{do: hold, delay: holdSpread, reason: reasonRateLimited}, false
	}
	d.resume()
	return decision{}, true
}

// refund gives back the token of a job that made no call.
func (w *Worker) refund(d *delivery) {
	w.pace.Return(d.job.AppID, d.tokens, min(1, d.tokens.N))
	d.tokens = pace.Tokens{}
}

// RateOf is the rate that an app's sends are held to, in sends per second: the
// lower of its own and the account's; 0 is no limit.
func (c Config) RateOf(appID string) float64 {
	own, account := c.AppRates[appID], c.Rate
	if own == 0 || account == 0 {
		return cmp.Or(own, account)
	}
	return min(own, account)
}

type rateFault struct{ name, problem string }

func (c Config) checkRates() (faults []rateFault) {
	outside := func(rate float64) bool { return !(rate >= pace.MinRate && rate <= pace.MaxRate) } // NaN is outside
	if c.Rate != 0 && outside(c.Rate) {
		faults = append(faults, rateFault{"RATE", fmt.Sprintf("%v is not %v to %v, or 0 for no limit (example 100)", c.Rate, pace.MinRate, pace.MaxRate)})
	}
	for _, appID := range slices.Sorted(maps.Keys(c.AppRates)) {
		if !isAppID(appID) {
			faults = append(faults, rateFault{"APP_RATES", fmt.Sprintf("%q is no app id (example myapp01=10)", appID)})
		}
		if rate := c.AppRates[appID]; outside(rate) {
			faults = append(faults, rateFault{"APP_RATES", fmt.Sprintf("%v for %s is not %v to %v (example %s=10)", rate, appID, pace.MinRate, pace.MaxRate, appID)})
		}
	}
	if len(c.AppRates) > pace.MaxApps {
		faults = append(faults, rateFault{"APP_RATES", fmt.Sprintf("%d apps are more than %d: limit fewer, or the account by OTPWORKER_RATE", len(c.AppRates), pace.MaxApps)})
	}
	return faults
}

func isAppID(s string) bool {
	faults, _ := errors.AsType[schema.Faults](schema.Job{AppID: s}.Validate())
	return !faults.On("appId")
}
