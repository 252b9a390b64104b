package pace

import (
	"context"
	"errors"
	"math/rand/v2"
	"time"

	"github.com/cenkalti/backoff/v4"
	"github.com/nats-io/nats.go/jetstream"
)

const (
	// shortest is the shortest pause between two thoughts about what batch calls
	// want, and between that between two claims for them.
	shortest = 20 * time.Millisecond
	between  = 100 * time.Millisecond
	// patience is the longest pause while somebody waits, and how old the state
	// may be by which they do.
	patience = 250 * time.Millisecond
	// maxSpread is how far apart workers try that wait for the same token of an
	// app.
	maxSpread = 50 * time.Millisecond
	// conflicts is how often a claim is tried in a row.
	conflicts = 5
	maxCrowd  = 16
	// conflictPause is the longest pause after the first conflict; it doubles.
	conflictPause = 20 * time.Millisecond
)

// claims claims tokens as they are wanted.
func (p *Pacer) claims(ctx context.Context) {
	pause := backoff.NewExponentialBackOff(
		backoff.WithInitialInterval(100*time.Millisecond),
		backoff.WithMaxInterval(time.Second),
		backoff.WithMaxElapsedTime(0),
	)
	failing := false
	for ctx.Err() == nil {
		wait, err := p.claim(ctx)
		switch {
		case err == nil && failing:
			p.log.Info("rate tokens can be claimed again")
		case err != nil && !failing && ctx.Err() == nil:
			p.log.Warn("no rate tokens, trying on", "err", err)
		}
		failing = err != nil
		if err != nil {
			sleep(ctx, pause.NextBackOff())
			continue
		}
		pause.Reset()
		p.rest(ctx, wait)
	}
}

// rest waits until there may be something to do: a time, or a call that found
// no token. Those of a batch are collected for a while.
func (p *Pacer) rest(ctx context.Context, wait time.Duration) {
	if wait <= 0 {
		return
	}
	timer := time.NewTimer(min(wait, shortest))
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-p.urge:
		return
	case <-ctx.Done():
		return
	}
	if wait <= shortest {
		return
	}
	timer.Reset(wait - shortest)
	select {
	case <-timer.C:
	case <-p.kick:
	case <-p.urge:
	case <-ctx.Done():
	}
}

func sleep(ctx context.Context, d time.Duration) {
	if d <= 0 {
		return
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}

// claim claims what is wanted and can be had, and says when to look again. What
// a claim took that may have failed is lost.
func (p *Pacer) claim(ctx context.Context) (wait time.Duration, err error) {
	if !p.wanted() {
		return p.listen(ctx)
	}
	if err := p.measure(ctx, clockLife); err != nil {
		return 0, err
	}
	b := &p.bucket
	if b.known && p.clock.local()-b.looked < patience {
		if c := p.propose(); !c.ok {
			return c.wait, nil
		}
	}
	for try := range conflicts {
		if !b.known || !b.alone || p.clock.local()-b.looked >= patience {
			if err := p.look(ctx); err != nil {
				return 0, err
			}
		}
		c := p.propose()
		if !c.ok {
			b.late++
			return c.wait, nil
		}
		err := p.write(ctx, c)
		if err == nil {
			p.apply(c)
			b.crowd /= 2
			return 0, p.measure(ctx, clockAge)
		}
		if !errors.Is(err, jetstream.ErrKeyExists) && !errors.Is(err, jetstream.ErrKeyRevisionMismatch) {
			return 0, err
		}
		b.crowd = min(b.crowd+1, maxCrowd)
		sleep(ctx, rand.N(conflictPause<<try))
	}
	return rand.N(conflictPause), nil
}

// wanted reports whether somebody wants tokens, or the fleet has to be told
// something.
func (p *Pacer) wanted() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	d := p.demand(p.clock.local(), func(s *scope) *supply { return &supply{scope: s} })
	return len(d.wants) > 0 || p.unsaid
}
