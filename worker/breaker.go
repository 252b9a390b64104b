package worker

import (
	"errors"
	"sync"
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
	scope   Scope
	openFor time.Duration
	two     *gobreaker.TwoStepCircuitBreaker[struct{}]

	mu       sync.Mutex
	openedAt time.Time
	// failure is the verdict that was reported last as a failure: while open,
	// the reason why.
	failure Verdict
	// row counts failures in a row. gobreaker's own count forgets calls that
	// began before its window, so it would never see a provider that hangs.
	row int
}

// providerBreaker opens on failures in a row, or when half of the calls of ten
// seconds fail; a ratio alone would notice a slow outage too late.
func providerBreaker(failures int, openFor time.Duration, changed func(Event)) *breaker {
	return newBreaker(ScopeProvider, openFor, changed, func(row int, c gobreaker.Counts) bool {
		return row >= failures || c.Requests >= 20 && c.TotalFailures*2 >= c.Requests
	})
}

// accountBreaker opens on the first refusal of the account: with a wrong key
// or no money every further call is refused too.
func accountBreaker(openFor time.Duration, changed func(Event)) *breaker {
	return newBreaker(ScopeAccount, openFor, changed, func(row int, _ gobreaker.Counts) bool { return row > 0 })
}

func newBreaker(scope Scope, openFor time.Duration, changed func(Event), trip func(row int, c gobreaker.Counts) bool) *breaker {
	b := &breaker{scope: scope, openFor: openFor}
	b.two = gobreaker.NewTwoStepCircuitBreaker[struct{}](gobreaker.Settings{
		Name:         string(scope),
		MaxRequests:  1,
		Interval:     10 * time.Second,
		BucketPeriod: time.Second,
		Timeout:      openFor,
		ReadyToTrip:  func(c gobreaker.Counts) bool { return trip(b.inARow(), c) },
		IsExcluded:   func(err error) bool { return errors.Is(err, errNoEvidence) },
		// It runs under gobreaker's lock: nothing here may call back.
		OnStateChange: func(_ string, from, to gobreaker.State) {
			changed(Event{Kind: KindBreaker, Scope: scope, From: from.String(), To: to.String(), Verdict: b.change(to)})
		},
	})
	return b
}

func (b *breaker) change(to gobreaker.State) Verdict {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.row = 0
	if to == gobreaker.StateOpen {
		b.openedAt = time.Now()
	}
	return b.failure
}

// allow asks for a permit. The permit must be reported, whatever happens: a
// probe that never reports would keep the breaker half-open for ever.
func (b *breaker) allow() (report func(Verdict, error), ok bool) {
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

// look is the state now. wait is how long the breaker stays open; it only
// turns half-open when it is asked after that.
func (b *breaker) look() (state gobreaker.State, wait time.Duration) {
	state = b.two.State()
	if state != gobreaker.StateOpen {
		return state, 0
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	// gobreaker turns half-open only after the timeout, not at it.
	return state, max(0, time.Until(b.openedAt.Add(b.openFor))) + time.Millisecond
}

// why is the verdict that opened the breaker.
func (b *breaker) why() Verdict {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.failure
}
