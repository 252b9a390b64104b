package pace

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go/jetstream"
)

const (
	// stateKey holds the fleet's state, clockKey the broker's time.
	stateKey = "rate"
	clockKey = "clock"

	// askTimeout bounds one question to the bucket.
	askTimeout = 2 * time.Second
	// lookPause is between two looks whether the provider wants to be left
	// alone, where no claim would tell.
	lookPause = time.Second
)

// A bucket is what is known of the bucket. It belongs to the goroutine that
// claims.
type bucket struct {
	known    bool
	revision uint64 // 0: the key does not exist
	state    state
	ok       bool          // the state could be read
	looked   time.Duration // our own time of the last look
	wrote    time.Duration // that of the last write
	// ours: the revision was written by us; alone: nobody has written between
	// our last two claims, so that the next one needs no look.
	ours, alone bool
	// turn is our own time until which tokens are left to others, or 0.
	turn time.Duration
	// late counts the looks in a row that found the tokens claimed by others.
	late int
	// crowd grows with the claims that lost against another worker's, and goes
	// back with those that did not: the more there are, the more each is about.
	crowd int
}

// listen looks whether the provider wants to be left alone, now and then, where
// no claim of the account would tell.
func (p *Pacer) listen(ctx context.Context) (wait time.Duration, err error) {
	if p.account != nil {
		return never, nil
	}
	if wait := lookPause - (p.clock.local() - p.bucket.looked); p.bucket.known && wait > 0 {
		return wait, nil
	}
	return lookPause, p.look(ctx)
}

// look reads the state. It may be a little old (any replica answers): only the
// write decides.
func (p *Pacer) look(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, askTimeout)
	defer cancel()
	var (
		found    state
		ok       bool
		revision uint64
	)
	switch entry, err := p.kv.Get(ctx, stateKey); {
	case errors.Is(err, jetstream.ErrKeyNotFound):
	case err != nil:
		return fmt.Errorf("read rate: %w", err)
	default:
		revision = entry.Revision()
		found, ok = decode(entry.Value())
		p.differ(found)
	}
	b := &p.bucket
	anew := ok && found.Since != b.state.Since
	b.alone = b.ours && b.revision == revision
	b.ours = b.alone
	b.known, b.revision, b.state, b.ok = true, revision, found, ok
	b.looked = p.clock.local()
	return p.hear(ctx, anew)
}

// hear heeds what the fleet was told. Where the count has begun anew, or what it
// says cannot be, the broker's clock may have leapt: it is read again.
func (p *Pacer) hear(ctx context.Context, anew bool) error {
	b, age := &p.bucket, clockLife
	if b.ok && (anew || !p.credible(b.state)) {
		age = 0
	}
	if b.state.Slow == 0 && age > 0 {
		return nil
	}
	if err := p.measure(ctx, age); err != nil {
		b.known, b.state = false, state{}
		return err
	}
	if p.credible(b.state) {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.heed(p.clock.local(), b.state.Slow)
	}
	return nil
}

// credible reports whether a state can be, by the time as we know it.
func (p *Pacer) credible(s state) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	_, high := p.clock.broker(p.clock.local())
	return !p.clock.known || p.allCredible(s, high)
}

func (p *Pacer) allCredible(s state, now time.Duration) bool {
	if s.Slow > now+maxSlow+farLead {
		return false
	}
	for sc := range p.scopes() {
		if !s.credible(sc, now) {
			return false
		}
	}
	return true
}

// write writes a claim if the state is still the one that it was made of.
func (p *Pacer) write(ctx context.Context, c claim) error {
	ctx, cancel := context.WithTimeout(ctx, askTimeout)
	defer cancel()
	b := &p.bucket
	data, err := json.Marshal(c.state)
	if err != nil {
		return fmt.Errorf("encode rate: %w", err)
	}
	var revision uint64
	if b.revision == 0 {
		revision, err = p.kv.Create(ctx, stateKey, data)
	} else {
		revision, err = p.kv.Update(ctx, stateKey, data, b.revision)
	}
	if err != nil {
		b.known, b.ours, b.alone = false, false, false
		return fmt.Errorf("claim rate: %w", err)
	}
	b.revision, b.state, b.ok, b.ours = revision, c.state, true, true
	b.wrote = p.clock.local()
	b.looked = b.wrote
	return nil
}
