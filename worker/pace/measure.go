package pace

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go/jetstream"
)

// stampPause is between two looks for an entry that was just written.
const stampPause = 20 * time.Millisecond

// measure learns the broker's time by an entry that is written now, if it was
// learnt longer ago than age.
func (p *Pacer) measure(ctx context.Context, age time.Duration) error {
	p.mu.Lock()
	fresh := p.clock.known && p.clock.local()-p.clock.at < age
	p.mu.Unlock()
	if fresh {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, askTimeout)
	defer cancel()
	sent := p.clock.local()
	revision, err := p.kv.Put(ctx, clockKey, nil)
	if err != nil {
		return fmt.Errorf("ask for the broker's time: %w", err)
	}
	got := p.clock.local()
	written, other, err := p.stamp(ctx, revision)
	if err != nil {
		return fmt.Errorf("ask for the broker's time: %w", err)
	}
	if other {
		got = p.clock.local()
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.clock.learn(sent, got, written) {
		p.forget()
	}
	return nil
}

// stamp reads when the clock's entry was written; other: not by us, but after
// we did. Any replica answers, perhaps before it knows of it.
func (p *Pacer) stamp(ctx context.Context, revision uint64) (written time.Duration, other bool, err error) {
	for ctx.Err() == nil {
		entry, err := p.kv.Get(ctx, clockKey)
		if err != nil && !errors.Is(err, jetstream.ErrKeyNotFound) {
			return 0, false, err
		}
		if err == nil && entry.Revision() >= revision {
			return time.Duration(entry.Created().UnixNano()), entry.Revision() > revision, nil
		}
		sleep(ctx, stampPause)
	}
	return 0, false, ctx.Err()
}

// forget drops the tokens at hand: the time that they were for cannot be told
// any more. p.mu is held.
func (p *Pacer) forget() {
	for sc := range p.scopes() {
		sc.runs, sc.left = sc.runs[:0], 0
	}
}
