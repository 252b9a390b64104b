package worker

import (
	"context"
	"math/rand/v2"
	"time"

	"github.com/sony/gobreaker/v2"
)

// holds are the breakers that every call needs a permit of, and the token that
// lets one lane at a time pull a job to probe with.
type holds struct {
	provider, account *breaker
	probe             chan struct{}
}

func newHolds(cfg Config, changed func(Event)) *holds {
	return &holds{
		provider: providerBreaker(cfg.BreakerFailures, cfg.BreakerOpen, changed),
		account:  accountBreaker(cfg.AccountOpen, changed),
		probe:    make(chan struct{}, 1),
	}
}

// A permit allows one call and must be reported.
type permit struct {
	provider, account func(Verdict, error)
}

// holdSpread is how much later than necessary a held job may come back, so
// that not all of them do at once.
const holdSpread = 500 * time.Millisecond

// permit asks the breakers for one call. Without a permit it says how long to
// hold the job and why: both of gobreaker's refusals (open, and half-open with
// a probe out) are a hold and cost no attempt.
func (h *holds) permit() (*permit, decision) {
	account, ok := h.account.allow()
	if !ok {
		return nil, h.account.hold()
	}
	provider, ok := h.provider.allow()
	if !ok {
		account(Verdict{}, errNoEvidence)
		return nil, h.provider.hold()
	}
	return &permit{provider: provider, account: account}, decision{}
}

func (b *breaker) hold() decision {
	_, wait := b.look()
	why := b.why()
	delay := max(wait, holdSpread) + rand.N(holdSpread)
	return decision{do: hold, delay: delay, reason: why.Reason, status: why.Status}
}

// report tells the breakers what the call has shown.
//
// Any answer with a status but -18 proves that the provider is alive, also one
// that leaves this send unclear; a failing provider says nothing about the
// account; our own end of the call and a first -16, which a fresh signature may
// cure, say nothing at all.
func (p *permit) report(v Verdict, ours, curable bool) {
	provider, account := error(nil), error(nil)
	switch {
	case ours:
		provider, account = errNoEvidence, errNoEvidence
	case v.Scope == ScopeProvider && (v.Status == "" || v.Reason == reasonSystem):
		provider, account = errFailed, errNoEvidence
	case v.Scope == ScopeAccount && v.Class == Transient && curable:
		account = errNoEvidence
	case v.Scope == ScopeAccount && v.Class == Transient:
		account = errFailed
	}
	p.account(v, account)
	p.provider(v, provider)
}

// cancel gives an unused permit back.
func (p *permit) cancel() { p.report(Verdict{}, true, false) }

// admit waits until jobs may be pulled. With a breaker half-open it admits one
// job to probe with, on one lane at a time; release gives the probe back.
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
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
