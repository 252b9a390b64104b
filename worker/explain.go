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
	// knownFor is how long it is known that an id is there.
	knownFor = time.Minute
	// doubtFor is how long nobody asks again about what is not there, or when there
	// was no clear answer.
	doubtFor = 5 * time.Second
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
		{"templateId", d.job.TemplateID, func(id string) error {
			template, err := catalog.TemplateDetails(ctx, id)
			return orForeign(template.AppID, d.job.AppID, err)
		}},
		{"flowId", d.job.FlowID, func(id string) error { _, err := catalog.FlowDetails(ctx, id); return err }},
	} {
		id := strconv.FormatInt(ref.id, 10)
		if ref.id != 0 && w.unknown(ctx, ref.field+" "+d.job.AppID, id, func() error { return ref.ask(id) }) {
			d.faults = append(d.faults, schema.Fault{Field: ref.field, Problem: problem})
		}
	}
}

// orForeign is the refusal that a thing of another app deserves.
func orForeign(owner, appID string, err error) error {
	if err == nil && owner != "" && owner != appID {
		return &client.RefusedError{Status: client.StatusNotFound}
	}
	return err
}

// unknown says that the provider surely does not know an id. What it does not
// answer clearly counts as known: the rejection stands anyway.
func (w *Worker) unknown(ctx context.Context, field, id string, ask func() error) bool {
	return w.answers.get(ctx, field+" "+id, func() (unknown bool, keep time.Duration) {
		err := ask()
		refused, ok := errors.AsType[*client.RefusedError](err)
		unknown = ok && (refused.Status == client.StatusNotFound || refused.Status == client.StatusInvalidParameter)
		if err == nil {
			return false, knownFor
		}
		return unknown, doubtFor // somebody may add it any time
	})
}

// answers keeps what the provider said about ids for a while, and has each
// question asked by one job only.
type answers struct {
	mu   sync.Mutex
	kept map[string]*catalogAnswer
}

// A catalogAnswer can be read once done is closed.
type catalogAnswer struct {
	done    chan struct{}
	unknown bool
	until   time.Time
}

func (a *answers) get(ctx context.Context, key string, ask func() (unknown bool, keep time.Duration)) (unknown bool) {
	answer, mine := a.claim(key)
	if mine {
		var keep time.Duration
		answer.unknown, keep = ask()
		answer.until = time.Now().Add(keep)
		close(answer.done)
	}
	select {
	case <-answer.done:
		return answer.unknown
	case <-ctx.Done():
		return false
	}
}

// claim returns the answer to a question; mine says that the caller must ask it.
func (a *answers) claim(key string) (answer *catalogAnswer, mine bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if answer = a.kept[key]; answer != nil && !answer.stale() {
		return answer, false
	}
	if a.kept == nil || len(a.kept) >= maxKnown {
		a.kept = map[string]*catalogAnswer{}
	}
	answer = &catalogAnswer{done: make(chan struct{})}
	a.kept[key] = answer
	return answer, true
}

func (c *catalogAnswer) stale() bool {
	select {
	case <-c.done:
		return !time.Now().Before(c.until)
	default:
		return false
	}
}
