package worker

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"github.com/sony/gobreaker/v2"

	"github.com/otpworker/otpworker/worker/pace"
	"github.com/otpworker/otpworker/worker/queue"
)

const (
	// maxPull bounds one pull.
	maxPull = 256
	// idleProbe is the pause of an intake that has no job to probe with.
	idleProbe = 200 * time.Millisecond
	// pullPause is the pause after a pull failed.
	pullPause = 500 * time.Millisecond
	// slotPatience is how long a job that was waited for waits for a slot.
	slotPatience = time.Second
)

// An intake pulls the jobs of one app, or of one of its batches, as slots of its
// lane come free.
//
// Jobs that are there are asked for only when a slot is free for each: a message
// that waits in a buffer uses up its AckWait, and a second worker would get it.
// An app that has none is waited for with one pull for one job and no slot: so
// many idle apps take nothing from the busy ones.
type intake struct {
	*lane
	app      queue.App
	share    *share
	consumer *queue.Consumer
	// kept counts the jobs of a paused batch that were put aside; headUntil is
	// the expiry of its oldest one.
	kept      atomic.Int64
	headUntil time.Time
	// walking: some of the paused jobs pulled last had expired, others may too.
	walking bool
	// headSeq is the expired head, headSince when it was first seen so.
	headSeq   uint64
	headSince time.Time
	// short: the last round ended for lack of a token; full: it found as many
	// jobs as it asked for. ask is how many the next one asks for otherwise.
	short, full bool
	ask         int
	// tight is until when logins get their tokens before their slots, in Unix
	// nanoseconds: one has waited for its token just now.
	tight atomic.Int64
	// hasJobs is what the last look saw.
	hasJobs atomic.Bool
}

// run pulls until fetching ends, the app has no jobs any more or has had its
// turn, or a pull fails: then the next look starts anew.
func (in *intake) run(fetching, working context.Context) {
	began := time.Now()
	last, busy := began, true
	err := in.open(fetching)
	for err == nil && fetching.Err() == nil && !in.over(began, last, busy) {
		var taken int
		var rest time.Duration
		taken, rest, err = in.round(fetching, working, busy)
		in.tell(fetching, in.app, err)
		if busy = taken > 0 || in.short; busy {
			last = time.Now()
		}
		_ = sleep(fetching, rest)
	}
	if err != nil {
		in.tell(fetching, in.app, err)
		_ = sleep(fetching, pullPause)
	}
}

// over says that the intake should end: nobody has jobs for it, or it is
// another app's turn.
func (in *intake) over(began, last time.Time, busy bool) bool {
	if in.waiting.Load()+in.share.waiting.Load() > 0 && (!busy || time.Since(began) >= appTurn) {
		return true
	}
	return time.Since(last) >= appIdle
}

// open finds or makes the app's consumer.
func (in *intake) open(ctx context.Context) (err error) {
	ctx, cancel := context.WithTimeout(ctx, lookTimeout)
	defer cancel()
	if in.consumer, err = in.queue.Consumer(ctx, in.app); err != nil {
		return err
	}
	return in.cfg.CheckTimes(in.consumer.AckWait)
}

// round is one pull, and how long to rest after it. A probe is released when its
// call is done, so that all go on at once.
func (in *intake) round(fetching, working context.Context, busy bool) (taken int, rest time.Duration, err error) {
	in.short = false
	if state := in.batches.state(in.app); state == queue.BatchPaused || state == queue.BatchCancelled {
		return in.clear(fetching, working, state)
	}
	if in.stuck(fetching) {
		return in.clear(fetching, working, "")
	}
	if state, _ := in.holds.look(); state != gobreaker.StateClosed && !busy && !in.hasJobs.Load() {
		return 0, idleProbe, nil
	}
	probe, release, ended := in.admit(fetching)
	if ended != nil {
		return 0, 0, nil
	}
	release = sync.OnceFunc(release)
	if !probe && !busy {
		taken, err = in.await(fetching, working)
		return taken, 0, err
	}
	if !in.share.enter(fetching) {
		release()
		return 0, 0, nil
	}
	defer in.share.leave()
	in.busy.Add(1)
	defer in.busy.Add(-1)
	most := in.most(probe)
	in.gather(fetching, most)
	n, tokens, short := in.reserve(fetching, in.want(most))
	in.short = short
	defer func() {
		in.giveSlots(n - taken)
		in.pace.Return(in.app.ID, tokens, min(tokens.N, n-taken))
	}()
	if state, _ := in.holds.look(); n == 0 || !probe && state != gobreaker.StateClosed {
		release()
		return 0, 0, nil
	}
	taken, err = in.pull(fetching, working, n, tokens, release)
	in.fed(n, taken)
	if probe && taken == 0 && err == nil {
		rest = idleProbe
	}
	return taken, rest, err
}

// pull takes up to n jobs that are there, or come in a moment of leisure, and starts
// each in its slot. Those of an app on hold or of a paused batch are waited for: no
// more than they at once.
func (in *intake) pull(fetching, working context.Context, n int, tokens pace.Tokens, release func()) (taken int, err error) {
	wait := in.onHold() || in.held()
	poll := in.consumer.Poll
	if !wait && in.leisure(n) {
		poll = in.consumer.Linger
	}
	batch, err := poll(n)
	if err != nil {
		release()
		return 0, err
	}
	var held sync.WaitGroup
	roll := in.newRoll()
	for msg := range batch.Messages() {
		taken++
		done := func() {}
		if wait {
			held.Add(1)
			done = held.Done
		}
		d := in.receive(msg)
		d.tokens, d.seat = tokens, roll.join()
		in.start(fetching, working, d, release, done)
	}
	roll.end()
	if taken == 0 {
		release()
	}
	held.Wait()
	return taken, batch.Error()
}

// await waits for the app's next job, for at most a second, and then for a slot.
func (in *intake) await(fetching, working context.Context) (taken int, err error) {
	batch, err := in.consumer.Fetch(1)
	if err != nil {
		return 0, err
	}
	for msg := range batch.Messages() {
		taken++
		d := in.receive(msg)
		patient, cancel := context.WithTimeout(fetching, slotPatience)
		slots := in.takeTurn(patient)
		cancel()
		if slots == 0 {
			in.giveBack(d, nakFloor)
			continue
		}
		in.start(fetching, working, d, func() {}, func() {})
	}
	return taken, batch.Error()
}

// takeTurn waits for one slot when it is the app's turn; 0 when ctx ended.
func (in *intake) takeTurn(ctx context.Context) int {
	if !in.share.enter(ctx) {
		return 0
	}
	defer in.share.leave()
	return in.takeSlots(ctx, 1)
}

// start handles a delivery in its slot and says when it is done.
func (in *intake) start(fetching, working context.Context, d *delivery, freePull, done func()) {
	in.hands.take(func() {
		defer done()
		d.place.slots = in.slots
		defer d.place.leave()
		defer freePull()
		defer in.refund(d)
		defer d.seat.leave()
		if fetching.Err() != nil {
			in.giveBack(d, nakFloor)
			return
		}
		in.handle(working, d, freePull)
	})
}
