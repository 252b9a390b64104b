// Package doctor checks, before a worker takes its first job, that it will be
// able to end it: the configured times, the broker's version, streams, clock
// and rights, and the provider's door. It takes no job and sends no message.
//
// A worker that may take a job and not confirm it would send that job for
// ever; one that cannot reach the provider only has to wait. So a failure of
// the areas config and broker is a reason not to start, and one of the area
// provider is not: an outage of the provider must not become a crash loop.
package doctor

import (
	"context"
	"time"

	"github.com/otpworker/otpworker/client"
	"github.com/otpworker/otpworker/worker"
	"github.com/otpworker/otpworker/worker/queue"
)

// Provider is what the doctor asks of the provider. [client.Client] is one.
type Provider interface {
	RecordByOrderID(context.Context, client.RecordByOrderIDRequest) (client.Record, error)
	ClockOffset() time.Duration
}

// Patient is what is looked at.
type Patient struct {
	// Worker and Queue are the configuration.
	Worker worker.Config
	Queue  queue.Config
	// Broker is the connection to check; nil: none.
	Broker *queue.Queue
	// Provider is asked for a record that cannot exist; nil: it is not asked.
	Provider Provider
	// Apps are looked at beside those that have jobs or results in the queue.
	Apps []string
}

// Examine runs all checks and returns within 20 s. Run it before the worker:
// see [queue.Queue.Check].
func Examine(ctx context.Context, p Patient) Report {
	provider := make(chan Report, 1)
	go func() { provider <- examineProvider(ctx, p.Provider) }()
	report := times(p.Worker, p.Queue)
	if p.Broker != nil {
		use := queue.Use{ReplyTo: p.Worker.ReplyAllow, Ledger: p.Worker.Ledger == worker.On, Rate: p.Worker.Paced(), Supersede: p.Worker.Supersede}
		report = append(report, broker(p.Queue.Provision, p.Broker.Check(ctx, use))...)
	}
	report = append(report, <-provider...)
	if len(report.Of(AreaProvider).In(Fail)) > 0 {
		return report // each question would fail in the same way
	}
	return append(report, examineApps(ctx, p)...)
}
