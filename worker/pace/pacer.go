package pace

import (
	"context"
	"fmt"
	"iter"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/nats-io/nats.go/jetstream"
)

// A Pacer gives this worker its part of the fleet's rate.
type Pacer struct {
	kv      jetstream.KeyValue
	log     *slog.Logger
	account *scope // nil: no limit
	// apps are the groups of the apps with a rate of their own; others is that
	// of all the rest.
	apps   map[string]*group
	others *group

	// kick asks for a claim soon and urge for one now; rearm tells that some
	// waiter may be served earlier than was thought.
	kick, urge, rearm chan struct{}
	// slowed: nothing may be taken for now.
	slowed atomic.Bool

	mu      sync.Mutex
	clock   clock
	waiters [2][]*waiter
	short   short
	// starving are the scopes that some waiter lacks a token of.
	starving []*scope
	// due is our own time at which the next waiter can be served, and served
	// that at which all were tried last.
	due, served time.Duration
	// slow is our own time until which nothing may be taken; unsaid: the fleet
	// has not been told.
	slow   time.Duration
	unsaid bool

	bucket bucket
}

// Classes of calls: interactive ones are served first.
const (
	interactive = iota
	batch
)

func class(first bool) int {
	if first {
		return interactive
	}
	return batch
}

// A group is the apps that share their limits: one app with a rate, or all
// without.
type group struct {
	scope  *scope // nil: only the account limits it
	recent [2]recent
}

// New makes the pacer of one worker. kv is the bucket that the fleet shares; it
// may be nil if there is no limit. An error names every fault of cfg.
func New(cfg Config, kv jetstream.KeyValue) (*Pacer, error) {
	if err := cfg.validate(kv); err != nil {
		return nil, fmt.Errorf("make pacer: %w", err)
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.Logger == nil {
		cfg.Logger = slog.New(slog.DiscardHandler)
	}
	p := &Pacer{
		kv:     kv,
		log:    cfg.Logger,
		apps:   make(map[string]*group, len(cfg.Apps)),
		others: &group{},
		kick:   make(chan struct{}, 1),
		urge:   make(chan struct{}, 1),
		rearm:  make(chan struct{}, 1),
		clock:  newClock(cfg.Now),
		due:    never,
		bucket: bucket{wrote: -between},
	}
	if cfg.Account != 0 {
		p.account = newScope("", cfg.Account)
	}
	for app, rate := range cfg.Apps {
		p.apps[app] = &group{scope: newScope(app, rate)}
	}
	return p, nil
}

// Run claims tokens and serves those who wait for one, until ctx ends. Without
// it Take waits for ever where there is a limit.
func (p *Pacer) Run(ctx context.Context) {
	var running sync.WaitGroup
	defer running.Wait()
	if p.kv != nil {
		running.Go(func() { p.claims(ctx) })
	}
	p.serves(ctx)
}

// Limits reports whether Take may wait for an app: it has a rate, or the account
// has, or the provider has asked everybody to wait.
func (p *Pacer) Limits(appID string) bool {
	return p.account != nil || p.slowed.Load() || p.apps[appID] != nil
}

func (p *Pacer) group(appID string) *group {
	if g := p.apps[appID]; g != nil {
		return g
	}
	return p.others
}

// scopes are those that have a rate.
func (p *Pacer) scopes() iter.Seq[*scope] {
	return func(yield func(*scope) bool) {
		if p.account != nil && !yield(p.account) {
			return
		}
		for _, g := range p.apps {
			if !yield(g.scope) {
				return
			}
		}
	}
}

func nudge(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}
