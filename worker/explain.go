package worker

import (
	"context"
	"errors"
	"strconv"
	"sync"
	"time"

	"github.com/otpworker/otpworker/client"
	"github.com/otpworker/otpworker/schema"
)

// A Catalog knows which apps, templates and flows the provider has.
// [client.Client] is one. A [Provider] that is none leaves rejections as bare as
// the provider makes them.
type Catalog interface {
	AppDetails(ctx context.Context, appID string) (client.App, error)
	TemplateDetails(ctx context.Context, templateID string) (client.Template, error)
	FlowDetails(ctx context.Context, flowID string) (client.Flow, error)
}

const (
	// explainTime bounds the questions about one rejected job.
	explainTime = 3 * time.Second
	// knownFor is how long an answer is used: one question a minute for a
	// template that a million jobs have wrong.
	knownFor = time.Minute
	// maxKnown bounds the answers that are kept.
	maxKnown = 1024
)

// explain names what a rejected job names and the provider does not have: it
// answers with one status to all of app, template and flow.
func (w *Worker) explain(ctx context.Context, d *delivery, next decision) {
	catalog, ok := w.provider.(Catalog)
	unclear := next.status == client.StatusNotFound || next.status == client.StatusInvalidParameter
	if !ok || !unclear || next.do != conclude || next.outcome != schema.OutcomeRejected {
		return
	}
	ctx, cancel := context.WithDeadline(ctx, earliest(time.Now().Add(explainTime), d.lease))
	defer cancel()
	const problem = "is not known to the provider"
	if w.unknown(ctx, "appId", d.job.AppID, func() error { _, err := catalog.AppDetails(ctx, d.job.AppID); return err }) {
		d.faults = append(d.faults, schema.Fault{Field: "appId", Problem: problem})
	}
	for _, ref := range []struct {
		field string
		id    int64
		ask   func(id string) error
	}{
		{"templateId", d.job.TemplateID, func(id string) error { _, err := catalog.TemplateDetails(ctx, id); return err }},
		{"flowId", d.job.FlowID, func(id string) error { _, err := catalog.FlowDetails(ctx, id); return err }},
	} {
		id := strconv.FormatInt(ref.id, 10)
		if ref.id != 0 && w.unknown(ctx, ref.field, id, func() error { return ref.ask(id) }) {
			d.faults = append(d.faults, schema.Fault{Field: ref.field, Problem: problem})
		}
	}
}

// unknown says that the provider surely does not know an id. What it does not
// answer clearly counts as known: the rejection stands anyway.
func (w *Worker) unknown(ctx context.Context, field, id string, ask func() error) bool {
	key := field + " " + id
	if unknown, ok := w.answers.get(key); ok {
		return unknown
	}
	if ctx.Err() != nil {
		return false
	}
	err := ask()
	refused, ok := errors.AsType[*client.RefusedError](err)
	unknown := ok && (refused.Status == client.StatusNotFound || refused.Status == client.StatusInvalidParameter)
	if unknown || err == nil {
		w.answers.put(key, unknown)
	}
	return unknown
}

// answers keeps what the provider said about ids for a while.
type answers struct {
	mu   sync.Mutex
	kept map[string]catalogAnswer
}

type catalogAnswer struct {
	unknown bool
	until   time.Time
}

func (a *answers) get(key string) (unknown, ok bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	answer, ok := a.kept[key]
	return answer.unknown, ok && time.Now().Before(answer.until)
}

func (a *answers) put(key string, unknown bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.kept == nil || len(a.kept) >= maxKnown {
		a.kept = map[string]catalogAnswer{}
	}
	a.kept[key] = catalogAnswer{unknown: unknown, until: time.Now().Add(knownFor)}
}
