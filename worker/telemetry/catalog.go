package telemetry

import (
	"slices"

	"github.com/prometheus/otlptranslator"
	"go.opentelemetry.io/otel/attribute"
)

// A Metric is one that a worker exports.
type Metric struct {
	// Name and Unit are OpenTelemetry's; Kind is counter, histogram or gauge.
	Name, Unit, Kind string
	// Labels are the attributes, as OpenTelemetry spells them.
	Labels []string
	Help   string

	// fixed are the same for all, own are the names of those that only this
	// process knows the values of.
	fixed   []attribute.KeyValue
	own     []string
	buckets []float64
}

const (
	kindCounter   = "counter"
	kindHistogram = "histogram"
	kindGauge     = "gauge"
)

// callBuckets are those that the conventions advise for calls. The SDK's own begin
// with 0 and 5: each send would be in the first one.
var callBuckets = []float64{0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10}

// ageBuckets reach from a login that is answered at once to a job that waited an
// hour.
var ageBuckets = []float64{0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 15, 30, 60, 120, 300, 600, 1800, 3600}

var lagBuckets = []float64{0.5, 1, 2.5, 5, 7.5, 10, 15, 20, 30, 45, 60, 120, 300, 600}

// messaging is the system's name: nats is not on the conventions' list yet.
var messaging = attribute.String("messaging.system", "nats")

const (
	labelTemplate  = "messaging.destination.template"
	labelOperation = "messaging.operation.name"
	labelError     = "error.type"
)

// The metrics of the conventions (messaging, http).
var (
	mConsumed = &Metric{
		Name: "messaging.client.consumed.messages", Unit: "{message}", Kind: kindCounter, Labels: []string{labelTemplate},
		Help:  "Jobs taken off the queue, each delivery of them.",
		fixed: []attribute.KeyValue{messaging, attribute.String(labelOperation, "receive")},
	}
	mProcess = &Metric{
		Name: "messaging.process.duration", Unit: "s", Kind: kindHistogram, Labels: []string{labelTemplate, "next"},
		Help:    "How long a delivery was in hand, and how it ended: conclude, or given back to retry, hold or reconcile, or silent.",
		fixed:   []attribute.KeyValue{messaging, attribute.String(labelOperation, "process")},
		buckets: callBuckets,
	}
	mSent = &Metric{
		Name: "messaging.client.sent.messages", Unit: "{message}", Kind: kindCounter, Labels: []string{labelTemplate},
		Help:  "Results and dead letters that the broker has confirmed.",
		fixed: []attribute.KeyValue{messaging, attribute.String(labelOperation, "publish")},
	}
	mOperation = &Metric{
		Name: "messaging.client.operation.duration", Unit: "s", Kind: kindHistogram, Labels: []string{labelOperation, labelError},
		Help:    "How long the broker took for a request: publish, ack, ledger_put, ledger_get.",
		fixed:   []attribute.KeyValue{messaging},
		buckets: callBuckets,
	}
	mHTTP = &Metric{
		Name: "http.client.request.duration", Unit: "s", Kind: kindHistogram,
		Labels:  []string{"url.template", "http.response.status_code", labelError},
		Help:    "How long the provider took for a call; error.type is the reason where it did not accept.",
		fixed:   []attribute.KeyValue{attribute.String("http.request.method", "POST")},
		own:     []string{"server.address", "server.port"},
		buckets: callBuckets,
	}
)

// What becomes of jobs.
var (
	mJobs = &Metric{
		Name: "otpworker.jobs", Unit: "{job}", Kind: kindCounter, Labels: []string{"lane", "outcome", "reason"},
		Help: "Jobs that have their result.",
	}
	mAge = &Metric{
		Name: "otpworker.job.age", Unit: "s", Kind: kindHistogram, Labels: []string{"lane", "outcome"},
		Help: "From a job's arrival in the queue to its result: the service level.", buckets: ageBuckets,
	}
	mHeldTime = &Metric{
		Name: "otpworker.job.held", Unit: "s", Kind: kindHistogram, Labels: []string{"lane"},
		Help: "How long a job was held by a breaker, a rate or a retry; jobs that were not held do not count.", buckets: ageBuckets,
	}
	mSLO = &Metric{
		Name: "otpworker.slo.jobs", Unit: "{job}", Kind: kindCounter, Labels: []string{"lane"},
		Help: "Jobs that count for the share sent before expiry: all but invalid, rejected, cancelled and superseded ones.",
	}
	mGood = &Metric{
		Name: "otpworker.slo.good.jobs", Unit: "{job}", Kind: kindCounter, Labels: []string{"lane"},
		Help: "Those of them that were sent, which is always before their expiry.",
	}
	mDead = &Metric{
		Name: "otpworker.dead.letters", Unit: "{letter}", Kind: kindCounter, Labels: []string{"reason"},
		Help: "Dead letters that were stored.",
	}
)

// What happens on the way.
var (
	mAttempts = &Metric{
		Name: "otpworker.attempts", Unit: "{attempt}", Kind: kindCounter, Labels: []string{"lane", "outcome", "class", "reason"},
		Help: "Calls of the provider that were to send; class is that of the status, empty where it was accepted.",
	}
	mUnlisted = &Metric{
		Name: "otpworker.unlisted.answers", Unit: "{answer}", Kind: kindCounter, Labels: []string{"status"},
		Help: "Answers with a status that the table does not have.",
	}
	mReconciled = &Metric{
		Name: "otpworker.reconciliations", Unit: "{question}", Kind: kindCounter, Labels: []string{"answer"},
		Help: "Questions to the provider whether a job was sent: found, not_found, or none if it gave no answer.",
	}
	mLag = &Metric{
		Name: "otpworker.record.lag", Unit: "s", Kind: kindHistogram, Labels: []string{"answer"},
		Help:    "How old an attempt was when the provider was asked for its record. A late found beside many not_found says that OTPWORKER_RECORD_GRACE is too short.",
		buckets: lagBuckets,
	}
	mPrevented = &Metric{
		Name: "otpworker.duplicates.prevented", Unit: "{job}", Kind: kindCounter, Labels: []string{"guard"},
		Help: "Second sends or results that a guard prevented: told, done, claim, record, lease, poison, message_id.",
	}
	mHolds = &Metric{
		Name: "otpworker.holds", Unit: "{hold}", Kind: kindCounter, Labels: []string{"lane", "scope"},
		Help: "Times that a job was given back to wait for provider, account, app, rate, ledger or batch.",
	}
	mTransitions = &Metric{
		Name: "otpworker.breaker.transitions", Unit: "{transition}", Kind: kindCounter, Labels: []string{"scope", "state"},
		Help: "Changes of a breaker to a state: closed, open or half-open.",
	}
)

// How a worker stands.
var (
	mBreaker = &Metric{
		Name: "otpworker.breaker.state", Kind: kindGauge, Labels: []string{"scope", "state"},
		Help: "1 for the state that the breaker of provider or account is in; for scope app, how many apps are open or half-open.",
	}
	mInFlight = &Metric{
		Name: "otpworker.jobs.in.flight", Unit: "{job}", Kind: kindGauge, Labels: []string{"lane"},
		Help: "Jobs in hand.",
	}
	mFree = &Metric{
		Name: "otpworker.slots.free", Unit: "{slot}", Kind: kindGauge, Labels: []string{"lane"},
		Help: "Slots that are free. Neither free nor in flight: kept back while the provider is slow.",
	}
	mSlots = &Metric{
		Name: "otpworker.slots", Unit: "{slot}", Kind: kindGauge, Labels: []string{"lane"},
		Help: "All slots.",
	}
	mBacklog = &Metric{
		Name: "otpworker.backlog", Unit: "{job}", Kind: kindGauge, Labels: []string{"lane"},
		Help: "Jobs in the queue, those in hand included. The same at all workers of a fleet: take the max.",
	}
	mOldest = &Metric{
		Name: "otpworker.backlog.oldest.age", Unit: "s", Kind: kindGauge, Labels: []string{"lane"},
		Help: "Age of the oldest job in the queue, 0 if it is empty. The same at all workers: take the max.",
	}
	mPaused = &Metric{
		Name: "otpworker.batches.paused", Unit: "{batch}", Kind: kindGauge,
		Help: "Batches that are paused. Each worker tells all of them.",
	}
	mSkew = &Metric{
		Name: "otpworker.clock.skew", Unit: "s", Kind: kindGauge,
		Help: "How far the broker's clock is ahead of this worker's.",
	}
)

// Metrics lists what a worker exports, beside the go.* metrics of the runtime
// and, for Prometheus, the process_* ones.
func Metrics() []*Metric {
	return []*Metric{
		mJobs, mAge, mHeldTime, mSLO, mGood, mDead,
		mAttempts, mUnlisted, mReconciled, mLag, mPrevented, mHolds, mTransitions,
		mBreaker, mInFlight, mFree, mSlots, mBacklog, mOldest, mPaused, mSkew,
		mConsumed, mProcess, mSent, mOperation, mHTTP,
	}
}

// translation is set out, since its default depends on the whole process.
var translation = otlptranslator.UnderscoreEscapingWithSuffixes

// Prometheus is the metric's name at /metrics. A histogram has _bucket, _sum and
// _count of it.
func (m *Metric) Prometheus() (string, error) {
	namer := otlptranslator.NewMetricNamer("", translation)
	var kind otlptranslator.MetricType = otlptranslator.MetricTypeGauge
	switch m.Kind {
	case kindCounter:
		kind = otlptranslator.MetricTypeMonotonicCounter
	case kindHistogram:
		kind = otlptranslator.MetricTypeHistogram
	}
	return namer.Build(otlptranslator.Metric{Name: m.Name, Unit: m.Unit, Type: kind})
}

// PrometheusLabels are the names of the labels at /metrics, the fixed ones
// included.
func (m *Metric) PrometheusLabels() ([]string, error) {
	namer := otlptranslator.LabelNamer{}
	names := slices.Concat(m.Labels, m.own)
	for _, kv := range m.fixed {
		names = append(names, string(kv.Key))
	}
	for i, name := range names {
		translated, err := namer.Build(name)
		if err != nil {
			return nil, err
		}
		names[i] = translated
	}
	slices.Sort(names)
	return names, nil
}
