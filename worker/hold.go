package worker

import (
	"context"
	"errors"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/sony/gobreaker/v2"
)

// holds are the breakers that every call needs a permit of, and the token that
// lets one lane at a time pull a job to probe with.
type holds struct {
	cfg               Config
	changed           func(Event)
	provider, account *breaker
	probe             chan struct{}
	knock             *knock

	mu sync.Mutex
	// apps has a breaker for each app that is on hold, and for no other.
	apps map[string]*breaker
}

func newHolds(cfg Config, changed func(Event)) *holds {
	return &holds{
		cfg:      cfg,
		changed:  changed,
		provider: providerBreaker(cfg.BreakerFailures, cfg.BreakerOpen, changed),
		account:  accountBreaker(cfg.AccountOpen, changed),
		probe:    make(chan struct{}, 1),
		knock:    &knock{},
		apps:     map[string]*breaker{},
	}
}

// A permit allows one call for an app and must be reported.
type permit struct {
	holds                  *holds
	appID                  string
	provider, account, app func(Verdict, error)
	given                  bool
	// probing: the provider's breaker is half-open.
	probing bool
}

// holdSpread is how much later than necessary a held job may come back, so
// that not all of them do at once.
const holdSpread = 500 * time.Millisecond

// permit asks the breakers for one call; a question about a send needs nothing
// of the app. Without a permit it says how long to
// hold the job and why: both of gobreaker's refusals (open, and half-open with
// a probe out) are a hold and cost no attempt.
func (h *holds) permit(appID string, toAsk bool) (*permit, decision) {
	p := &permit{holds: h, appID: appID}
	var app *breaker
	if !toAsk {
		app = h.app(appID)
	}
	for _, need := range []struct {
		breaker *breaker
		report  *func(Verdict, error)
	}{{app, &p.app}, {h.account, &p.account}, {h.provider, &p.provider}} {
		if need.breaker == nil {
			continue
		}
		report, ok := need.breaker.allow()
		if !ok {
			p.give(Verdict{}, errNoEvidence, errNoEvidence, errNoEvidence)
			return nil, need.breaker.hold()
		}
		*need.report = report
	}
	if !h.provider.closed() {
		state, _ := h.provider.look()
		p.probing = state == gobreaker.StateHalfOpen
	}
	return p, decision{}
}

// perSecond is how many held jobs of an app may come back in a second: they go
// before new ones, and must leave the others room.
const perSecond = 1000

func (b *breaker) hold() decision {
	why := b.why()
	delay := max(b.wait(), holdSpread) + rand.N(holdSpread)
	if b.scope == ScopeApp {
		delay += time.Duration(b.refused.Add(1)) * time.Second / perSecond
	}
	return decision{do: hold, delay: delay, reason: why.Reason, status: why.Status}
}

// report tells the breakers what the call has shown.
//
// Any answer with a status but -18 proves that the provider is alive, also one
// that leaves this send unclear; a failing provider says nothing about account
// and app, a refused account nothing about the app; our own end of the call and
// a first -16, which a fresh signature may cure, say nothing at all.
func (p *permit) report(v Verdict, ours, curable bool) {
	var provider, account, app error
	switch {
	case ours:
		provider, account, app = errNoEvidence, errNoEvidence, errNoEvidence
	case v.Scope == ScopeProvider && (v.Status == "" || v.Reason == reasonSystem):
		provider, account, app = errFailed, errNoEvidence, errNoEvidence
	case v.Scope == ScopeAccount && v.Class == Transient && curable:
		account, app = errNoEvidence, errNoEvidence
	case v.Scope == ScopeAccount && v.Class == Transient:
		account, app = errFailed, errNoEvidence
	case v.Scope == ScopeApp && v.Class == Transient:
		app = errFailed
	}
	p.give(v, provider, account, app)
}

// reportAsked is report for a question: that it was answered proves the
// provider alive and nothing about money or limits.
func (p *permit) reportAsked(v Verdict, ours, curable bool) {
	if v.Outcome == Accepted {
		p.give(v, nil, errNoEvidence, errNoEvidence)
		return
	}
	p.report(v, ours, curable)
}

// cancel gives an unused permit back; after a report it does nothing.
func (p *permit) cancel() { p.give(Verdict{}, errNoEvidence, errNoEvidence, errNoEvidence) }

func (p *permit) give(v Verdict, provider, account, app error) {
	if p.given {
		return
	}
	p.given = true
	if p.provider != nil {
		p.provider(v, provider)
	}
	if p.account != nil {
		p.account(v, account)
	}
	switch {
	case p.app != nil:
		p.app(v, app)
		p.holds.forgetClosed(p.appID)
	case errors.Is(app, errFailed):
		p.holds.holdApp(p.appID, v)
	}
}

// why names what an app's jobs are held for now; empty if nothing.
func (h *holds) why(appID string) string {
	for _, b := range []*breaker{h.app(appID), h.account, h.provider} {
		if b == nil {
			continue
		}
		if state, _ := b.look(); state != gobreaker.StateClosed {
			return b.why().Reason
		}
	}
	return ""
}

// remaining is how long what a verdict is about stays on hold.
func (h *holds) remaining(scope Scope, appID string) time.Duration {
	var b *breaker
	switch scope {
	case ScopeAccount:
		b = h.account
	case ScopeApp:
		b = h.app(appID)
	case ScopeProvider:
		if h.provider.wait() > 0 {
			b = h.provider
		}
	case ScopeJob, ScopePhone:
	}
	if b == nil {
		return 0
	}
	return b.wait() + rand.N(holdSpread)
}

// admit waits until jobs may be pulled. With a breaker half-open it admits one
// job to probe with, on one lane at a time; release gives the probe back. An
// app on hold does not stop the pull: the other apps' jobs go on.
func (h *holds) admit(ctx context.Context) (probe bool, release func(), err error) {
	for {
		state, wait := h.look()
		switch state {
		case gobreaker.StateClosed:
			return false, func() {}, ctx.Err()
		case gobreaker.StateOpen:
			if err := sleep(ctx, wait); err != nil {
				return false, nil, err
			}
		case gobreaker.StateHalfOpen:
			select {
			case h.probe <- struct{}{}:
			case <-ctx.Done():
				return false, nil, ctx.Err()
			}
			if state, _ := h.look(); state == gobreaker.StateHalfOpen {
				return true, func() { <-h.probe }, nil
			}
			<-h.probe
		}
	}
}

// proven says that a job may be risked with a permit: the provider's breaker is
// closed, or the provider has answered a knock. Without an answer the breaker
// opens again, and the job is held.
func (h *holds) proven(ctx context.Context, p *permit) (decision, bool) {
	if !p.probing || h.knock.alive() || h.knock.answer(ctx) {
		return decision{}, true
	}
	if ctx.Err() != nil {
		p.cancel()
	} else {
		p.give(h.provider.why(), errFailed, errNoEvidence, errNoEvidence)
	}
	return h.provider.hold(), false
}

// look is the stricter of both breakers' states.
func (h *holds) look() (gobreaker.State, time.Duration) {
	account, wait := h.account.look()
	provider, also := h.provider.look()
	switch {
	case account == gobreaker.StateOpen || provider == gobreaker.StateOpen:
		return gobreaker.StateOpen, max(wait, also)
	case account == gobreaker.StateHalfOpen || provider == gobreaker.StateHalfOpen:
		return gobreaker.StateHalfOpen, 0
	}
	return gobreaker.StateClosed, 0
}

// sleep waits for d or the end of ctx, whose error it returns.
func sleep(ctx context.Context, d time.Duration) error {
	if d <= 0 {
		return ctx.Err()
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
