package telemetry

import (
	"fmt"
	"net/url"
	"strconv"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"

	"github.com/otpworker/otpworker/schema"
	"github.com/otpworker/otpworker/worker"
)

// metrics records what a worker tells.
type metrics struct {
	consumed, sent                                *counter
	jobs, slo, good, dead                         *counter
	attempts, unlisted, reconciled                *counter
	prevented, holds, transitions                 *counter
	process, operation, http, age, heldTime, lag  *histogram
	breaker, inFlight, free, slots, backlog, skew gauge
	oldest, paused                                gauge
	meter                                         metric.Meter
}

// scope names our instruments.
const scope = "github.com/otpworker/otpworker"

// newMetrics makes the instruments, and has the histograms shown. The provider's address is a label of its
// calls.
func newMetrics(provider metric.MeterProvider, shown *histograms, address *url.URL) (*metrics, error) {
	b := &builder{meter: provider.Meter(scope)}
	http := *mHTTP
	http.fixed = append(http.fixed, serverOf(address)...)
	m := &metrics{
		consumed: b.counter(mConsumed), sent: b.counter(mSent), jobs: b.counter(mJobs), slo: b.counter(mSLO),
		good: b.counter(mGood), dead: b.counter(mDead), attempts: b.counter(mAttempts), unlisted: b.counter(mUnlisted),
		reconciled: b.counter(mReconciled), prevented: b.counter(mPrevented), holds: b.counter(mHolds), transitions: b.counter(mTransitions),
		process: b.histogram(mProcess), operation: b.histogram(mOperation), http: b.histogram(&http), age: b.histogram(mAge),
		heldTime: b.histogram(mHeldTime), lag: b.histogram(mLag),
		breaker: b.gauge(mBreaker), inFlight: b.gauge(mInFlight), free: b.gauge(mFree), slots: b.gauge(mSlots),
		backlog: b.gauge(mBacklog), oldest: b.gauge(mOldest), paused: b.gauge(mPaused), skew: b.gauge(mSkew),
		meter: b.meter,
	}
	m.unlisted.limit = maxStatuses
	m.prepare()
	shown.all.Store(&b.histograms)
	if b.err != nil {
		return nil, fmt.Errorf("make metrics: %w", b.err)
	}
	return m, nil
}

// prepare shows a 0 where nothing has happened yet: an alert on a rate would miss
// the first time else.
func (m *metrics) prepare() {
	for _, lane := range schema.Lanes() {
		m.consumed.series(values{jobTemplate(lane)})
		m.slo.series(values{string(lane)})
		m.good.series(values{string(lane)})
		for _, held := range []string{"provider", "account", "app", "rate", "ledger", "batch"} {
			m.holds.series(values{string(lane), held})
		}
	}
	for _, guard := range []worker.Guard{
		worker.GuardTold, worker.GuardDone, worker.GuardClaim, worker.GuardRecord, worker.GuardLease, worker.GuardPoison, guardMessageID,
	} {
		m.prevented.series(values{string(guard)})
	}
	for _, answer := range []string{answerFound, answerNotFound, answerNone} {
		m.reconciled.series(values{answer})
	}
	for _, scope := range []worker.Scope{worker.ScopeProvider, worker.ScopeAccount, worker.ScopeApp} {
		for _, state := range states {
			m.transitions.series(values{string(scope), state})
		}
	}
}

// guardMessageID is the broker's: a result that it has already.
const guardMessageID worker.Guard = "message_id"

// What the provider answers to a question.
const (
	answerFound    = "found"
	answerNotFound = "not_found"
	answerNone     = "none"
)

// maxStatuses bounds the unlisted statuses that are told apart.
const maxStatuses = 32

// serverOf is the address that calls go to.
func serverOf(u *url.URL) []attribute.KeyValue {
	if u == nil || u.Hostname() == "" {
		return nil
	}
	port, err := strconv.Atoi(u.Port())
	switch {
	case err == nil:
	case u.Scheme == "http":
		port = 80
	default:
		port = 443
	}
	return []attribute.KeyValue{attribute.String("server.address", u.Hostname()), attribute.Int("server.port", port)}
}

// observe records an event of a worker.
func (m *metrics) observe(e worker.Event) {
	switch e.Kind {
	case worker.KindTaken:
		m.consumed.add(1, values{jobTemplate(e.Lane)})
	case worker.KindAttempt:
		m.attempt(e)
	case worker.KindAsked:
		m.asked(e)
	case worker.KindAside:
		if e.Held != "" {
			m.holds.add(1, values{string(e.Lane), e.Held})
		}
	case worker.KindResult:
		m.result(e)
	case worker.KindDead:
		m.dead.add(1, values{e.Result.Reason})
		m.sent.add(1, values{deadTemplate})
	case worker.KindBreaker:
		m.transitions.add(1, values{string(e.Scope), e.To})
	case worker.KindGuard:
		m.prevented.add(1, values{string(e.Guard)})
	case worker.KindSettled:
		m.process.record(e.Took, values{jobTemplate(e.Lane), e.Next})
	case worker.KindOperation:
		m.operation.record(e.Took, values{e.Op, errorType(e.Err)})
	case worker.KindSkew, worker.KindClaimed:
	}
}

func (m *metrics) attempt(e worker.Event) {
	v := e.Verdict
	m.attempts.add(1, values{string(e.Lane), string(v.Outcome), string(v.Class), v.Reason})
	m.http.record(e.Took, values{sendTemplate, httpStatus(e), failure(v)})
	if v.Reason == worker.ReasonUnlisted {
		m.unlisted.add(1, values{statusLabel(v.Status)})
	}
}

// statusLabel keeps what is no short number out of the labels.
func statusLabel(status string) string {
	if _, err := strconv.ParseInt(status, 10, 32); err != nil || len(status) > 6 {
		return "other"
	}
	return status
}

func (m *metrics) asked(e worker.Event) {
	answer := answerNotFound
	switch {
	case e.Verdict.Outcome != worker.Accepted:
		answer = answerNone
	case e.Found:
		answer = answerFound
		m.prevented.add(1, values{string(worker.GuardRecord)})
	}
	m.reconciled.add(1, values{answer})
	m.http.record(e.Took, values{recordTemplate, httpStatus(e), failure(e.Verdict)})
	if answer != answerNone && !e.ClaimedAt.IsZero() {
		m.lag.record(max(0, e.Time.Sub(e.ClaimedAt)), values{answer})
	}
}

func (m *metrics) result(e worker.Event) {
	r, lane := e.Result, string(e.Lane)
	m.jobs.add(1, values{lane, string(r.Outcome), r.Reason})
	m.age.record(millis(r.Timings.Total), values{lane, string(r.Outcome)})
	if r.Timings.Held > 0 {
		m.heldTime.record(millis(r.Timings.Held), values{lane})
	}
	if e.JobID != "" {
		m.sent.add(1, values{resultTemplate(e.Lane)})
	}
	switch r.Outcome {
	case schema.OutcomeSent:
		m.slo.add(1, values{lane})
		m.good.add(1, values{lane})
	case schema.OutcomeExpired, schema.OutcomeUnknown:
		if r.Reason != worker.ReasonCancelled && r.Reason != worker.ReasonSuperseded {
			m.slo.add(1, values{lane})
		}
	case schema.OutcomeRejected, schema.OutcomeInvalid:
	}
}

func millis(ms int64) time.Duration { return time.Duration(ms) * time.Millisecond }
