package console

import (
	"sync"
	"time"

	"github.com/otpworker/otpworker/schema"
	"github.com/otpworker/otpworker/worker"
)

const (
	// maxRecent is how many events of this worker are remembered: of some thousand
	// jobs.
	maxRecent = 16384
	// maxID is the longest job id, maxApp the longest app id.
	maxID  = 64
	maxApp = 32
)

// A happening is what is kept of an event. The ids are copies: those of the event
// may hold on to the whole job, with its code and number.
type happening struct {
	at            time.Time
	kind          worker.Kind
	id            [maxID]byte
	app           [maxApp]byte
	idLen, appLen uint8

	lane              schema.Lane
	delivery, attempt int
	class             worker.Class
	outcome           string
	reason, status    string
	httpStatus        int
	found             bool
	next, held        string
	delay, took       time.Duration
	guard             worker.Guard
}

func (h *happening) is(jobID, appID string) bool {
	return string(h.id[:h.idLen]) == jobID && (appID == "" || string(h.app[:h.appLen]) == appID)
}

// recent is the last events of this worker's jobs: its size is fixed.
type recent struct {
	mu   sync.Mutex
	ring []happening
	next int
}

func newRecent() *recent { return &recent{ring: make([]happening, maxRecent)} }

// Observe takes an event in. It is for [worker.Config].Observe.
func (p *Page) Observe(e worker.Event) {
	switch e.Kind {
	case worker.KindTaken, worker.KindClaimed, worker.KindAttempt, worker.KindAsked, worker.KindAside, worker.KindGuard, worker.KindDead, worker.KindResult:
		p.recent.add(e)
	case worker.KindSettled, worker.KindOperation, worker.KindBreaker, worker.KindSkew: // of no job, or of none that a person asks for
	}
}

func (r *recent) add(e worker.Event) {
	outcome, reason, status := string(e.Verdict.Outcome), e.Verdict.Reason, e.Verdict.Status
	if e.Kind == worker.KindResult {
		outcome, reason, status = string(e.Result.Outcome), e.Result.Reason, e.Result.Status
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	h := &r.ring[r.next]
	r.next = (r.next + 1) % len(r.ring)
	h.at, h.kind, h.lane = e.Time, e.Kind, e.Lane
	h.idLen, h.appLen = uint8(copy(h.id[:], e.JobID)), uint8(copy(h.app[:], e.AppID))
	h.delivery, h.attempt, h.class = e.Delivery, e.Attempt, e.Verdict.Class
	h.outcome, h.reason, h.status, h.httpStatus = outcome, reason, status, e.HTTPStatus
	h.found, h.next, h.held, h.delay, h.took, h.guard = e.Found, e.Next, e.Held, e.Delay, e.Took, e.Guard
}

// of is what happened to a job, the oldest first. Without an app it is that of
// all jobs with the id.
func (r *recent) of(jobID, appID string) (all []happening) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for i := range r.ring {
		if h := &r.ring[(r.next+i)%len(r.ring)]; h.idLen > 0 && h.is(jobID, appID) && len(all) < maxSteps {
			all = append(all, *h)
		}
	}
	return all
}

// maxSteps bounds what is shown of a job.
const maxSteps = 200
