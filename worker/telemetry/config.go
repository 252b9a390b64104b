package telemetry

import (
	"errors"
	"fmt"
)

// Propagation says how a job's spans hang together with those of its producer.
type Propagation string

const (
	// PropagationParent continues the producer's trace for interactive jobs. Each
	// job of a batch begins its own, with a link to the producer's: a million
	// children are more than one trace can show.
	PropagationParent Propagation = "parent"
	// PropagationLink begins a trace for each job, with a link.
	PropagationLink Propagation = "link"
	// PropagationNone begins a trace for each job and does not read what the
	// producer sent.
	PropagationNone Propagation = "none"
)

// Config says what is shown beside what the OTEL_* variables say. The env tags
// are meant for a loader that adds the prefix OTPWORKER_.
type Config struct {
	// Metrics has [Telemetry.Handler] serve metrics to Prometheus. Defaults to
	// true.
	Metrics bool `env:"METRICS" desc:"true or false: keep metrics for Prometheus" example:"false"`
	// Propagation is parent, link or none. Defaults to parent.
	Propagation Propagation `env:"TRACE_PROPAGATION" desc:"parent: spans continue the producer's trace, those of a batch link to it; link; none" example:"link"`
	// Provider has the trace context sent to the provider. Defaults to false: it
	// is another company.
	Provider bool `env:"TRACE_PROVIDER" desc:"true or false: send traceparent to the provider" example:"true"`

	// Version is this program's. Defaults to none.
	Version string
	// Name identifies this process. Defaults to the host's name.
	Name string
	// ProviderURL is where calls go. Only its host gets into spans and labels.
	// Defaults to none.
	ProviderURL string
	// TracesOnly leaves metrics and logs out, for a command that ends soon.
	// Defaults to false.
	TracesOnly bool
	// OnError is called with what goes wrong with an exporter, by any goroutine.
	// Defaults to nothing.
	OnError func(error)
}

// DefaultConfig returns the defaults named at the fields.
func DefaultConfig() Config {
	return Config{Metrics: true, Propagation: PropagationParent}
}

// Validate reports every fault at once, each by its variable's name.
func (c Config) Validate() error {
	var faults []error
	switch c.Propagation {
	case PropagationParent, PropagationLink, PropagationNone:
	default:
		faults = append(faults, fmt.Errorf("OTPWORKER_TRACE_PROPAGATION: %q is not parent, link or none (example link)", c.Propagation))
	}
	return errors.Join(faults...)
}
