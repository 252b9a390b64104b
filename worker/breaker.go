package worker

import (
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"github.com/sony/gobreaker/v2"
)

// What is reported to a breaker besides success (nil).
var (
	errFailed = errors.New("failed")
	// errNoEvidence is neither success nor failure: our own cancel, or an
	// answer that says nothing about the breaker's scope.
	errNoEvidence = errors.New("no evidence")
)

// A breaker guards one scope. It wraps gobreaker's two-step form: a call asks
// for a permit first and reports later.
type breaker struct {
	scope Scope
	two   *gobreaker.TwoStepCircuitBreaker[struct{}]

	// refused counts the permits refused since it opened last.
	refused atomic.Int64

	mu sync.Mutex
	// probeAt is when the next probe may go out. The pause before it doubles
	// with each probe that fails, from the first to the longest.
	probeAt        time.Time
	pause          time.Duration
	first, longest time.Duration
	// failure is the verdict that was reported last as a failure: while open,
	// the reason why.
	failure Verdict
	// row counts failures in a row. gobreaker's own count forgets calls that
	// began before its window, so it would never see a provider that hangs.
	row int
	// since is when it opened, or closed again.
	since time.Time
}

// providerBreaker opens on failures in a row, or when half of the calls of ten
// seconds fail; a ratio alone would notice a slow outage too late.
func providerBreaker(failures int, openFor time.Duration, changed func(Event)) *breaker {
	return newBreaker(Event{Scope: ScopeProvider}, openFor, openFor, changed, func(row int, c gobreaker.Counts) bool {
		return row >= failures || c.Requests >= 20 && c.TotalFailures*2 >= c.Requests
	})
}

// accountBreaker opens on the first refusal of the account: with a wrong key
// or no money every further call is refused too.
func accountBreaker(openFor time.Duration, changed func(Event)) *breaker {
	return newBreaker(Event{Scope: ScopeAccount}, openFor, openFor, changed, atOnce)
}

// appBreaker opens on the first limit of an app, each time for longer: a limit
// lasts for its period, which we do not know.
func appBreaker(appID string, first, longest time.Duration, changed func(Event)) *breaker {
	return newBreaker(Event{Scope: ScopeApp, AppID: appID}, first, longest, changed, atOnce)
}

func atOnce(row int, _ gobreaker.Counts) bool { return row > 0 }

// newBreaker's about says whose breaker it is, in its events.
func newBreaker(about Event, first, longest time.Duration, changed func(Event), trip func(row int, c gobreaker.Counts) bool) *breaker {
	b := &breaker{scope: about.Scope, first: first, longest: longest}
	b.two = gobreaker.NewTwoStepCircuitBreaker[struct{}](gobreaker.Settings{
		Name:         string(about.Scope),
		MaxRequests:  1,
		Interval:     10 * time.Second,
		BucketPeriod: time.Second,
		Timeout:      first,
		ReadyToTrip:  func(c gobreaker.Counts) bool { return trip(b.inARow(), c) },
		IsExcluded:   func(err error) bool { return errors.Is(err, errNoEvidence) },
		// It runs under gobreaker's lock: nothing here may call back.
		OnStateChange: func(_ string, from, to gobreaker.State) {
			e := about
			e.Kind, e.From, e.To, e.Verdict = KindBreaker, from.String(), to.String(), b.change(to)
			changed(e)
		},
	})
	return b
}

func (b *breaker) change(to gobreaker.State) Verdict {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.row = 0
	if b.pause == 0 || to == gobreaker.StateClosed {
		b.since = time.Now()
	}
	switch to {
	case gobreaker.StateOpen:
		b.refused.Store(0)
		b.pause = min(max(2*b.pause, b.first), b.longest)
		// gobreaker turns half-open only after its timeout, not at it.
		b.probeAt = time.Now().Add(b.pause + time.Millisecond)
	case gobreaker.StateClosed:
		b.pause = 0
	case gobreaker.StateHalfOpen:
	}
	return b.failure
}

// allow asks for a permit. The permit must be reported, whatever happens: a
// probe that never reports would keep the breaker half-open for ever.
func (b *breaker) allow() (report func(Verdict, error), ok bool) {
	if b.wait() > 0 {
		return nil, false
	}
	done, err := b.two.Allow()
	if err != nil {
		return nil, false
	}
	return func(v Verdict, err error) {
		b.count(v, err)
		done(err)
	}, true
}

func (b *breaker) count(v Verdict, err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch {
	case err == nil:
		b.row = 0
	case errors.Is(err, errFailed):
		b.row++
		b.failure = v
	}
}

func (b *breaker) inARow() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.row
}

// wait is how long no probe may go out yet; 0 unless open.
func (b *breaker) wait() time.Duration {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.pause == 0 {
		return 0
	}
	return max(0, time.Until(b.probeAt))
}

// closed says that there is no pause, without asking gobreaker and its clock.
func (b *breaker) closed() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.pause == 0
}

// overdue is how long a probe could have gone out already.
func (b *breaker) overdue() time.Duration {
	b.mu.Lock()
	defer b.mu.Unlock()
	return max(0, time.Since(b.probeAt))
}

// look is the state now, and for how long it stays open. gobreaker turns
// half-open when it is asked after its timeout.
func (b *breaker) look() (state gobreaker.State, wait time.Duration) {
	if wait := b.wait(); wait > 0 {
		return gobreaker.StateOpen, wait
	}
	return b.two.State(), 0
}

// why is the verdict that opened the breaker.
func (b *breaker) why() Verdict {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.failure
}
