package worker

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"github.com/otpworker/otpworker/schema"
	"github.com/otpworker/otpworker/schema/redact"
	"github.com/otpworker/otpworker/worker/queue"
)

// A Trail is what a job has left behind at the broker: in the queue, the ledger,
// the results and the dead letters. What is not known is left empty.
type Trail struct {
	JobID, AppID string
	Lane         schema.Lane
	BatchID      string
	// To is known while the job waits, and of its dead letter. It prints masked.
	To redact.Phone
	// QueuedAt is when it was stored, ExpiresAt when its code ends.
	QueuedAt, ExpiresAt time.Time
	// Waits says that the queue holds it, in hand or not.
	Waits bool
	// Claim is the ledger's entry, nil without one.
	Claim *Claim
	// Result is the one in the ledger or in the stream, nil without one.
	Result *schema.Result
	// Letters are its dead letters.
	Letters []queue.Letter
}

// A Claim is what the ledger knows of a job.
type Claim struct {
	// State is claimed: an attempt is being made, or was cut off; aside: the job
	// waits for its next one; done: it has its result.
	State string
	// Worker is who wrote it, At when.
	Worker string
	At     time.Time
	// Attempts counts those so far, that of an open claim included. EverUnknown
	// says that one may have been sent without an answer, Asked counts questions
	// in a row that got none.
	Attempts    int
	EverUnknown bool
	Asked       int
	// Reason and Status are those of the last answer.
	Reason, Status string
	// TakenAt is the first delivery, ClaimedAt when the open attempt was claimed,
	// HeldSince the start of the present hold.
	TakenAt, ClaimedAt, HeldSince time.Time
	// Held and Provider are the time spent so far.
	Held, Provider time.Duration
}

// Where a [Trail] is looked for.
const (
	PlaceLedger  = "ledger"
	PlaceQueue   = "queue"
	PlaceResults = "results"
	PlaceDead    = "dead letters"
)

// A TrailFault is a place that was not looked through. Err is nil if there was
// more in it than there was time for.
type TrailFault struct {
	Place string
	Err   error
}

// trailTimeout bounds the look into each place.
const trailTimeout = 3 * time.Second

// A Search is for the trails of a job's id. Both ids must be of the alphabet of
// ids.
type Search struct {
	JobID string
	// AppID wants the trail of that app's job. Defaults to one for each app that
	// has used the id.
	AppID string
	// Skip are places that are not looked at. Defaults to none.
	Skip []string
}

// Trails finds what jobs have left behind. Faults are the places that it could not
// look through: [queue.ErrForbidden] where this connection has no right.
func Trails(ctx context.Context, q *queue.Queue, s Search) (trails []Trail, faults []TrailFault) {
	t := &tracker{Search: s, trails: map[string]*Trail{}}
	var looks sync.WaitGroup
	for place, look := range map[string]func(context.Context, *queue.Queue) error{
		PlaceLedger: t.inLedger, PlaceQueue: t.inQueue, PlaceDead: t.inDead,
	} {
		looks.Go(func() { t.look(ctx, q, place, look) })
	}
	looks.Wait()
	if !t.answered() {
		t.look(ctx, q, PlaceResults, t.inResults)
	}
	for _, trail := range t.trails {
		trails = append(trails, *trail)
	}
	slices.SortFunc(trails, func(a, b Trail) int { return cmp.Compare(a.AppID, b.AppID) })
	slices.SortFunc(t.faults, func(a, b TrailFault) int { return cmp.Compare(a.Place, b.Place) })
	return trails, t.faults
}

// A tracker collects what the places know.
type tracker struct {
	Search

	mu     sync.Mutex
	trails map[string]*Trail // by app
	faults []TrailFault
}

var errNotAll = errors.New("there is more than could be looked at")

func (t *tracker) look(ctx context.Context, q *queue.Queue, place string, look func(context.Context, *queue.Queue) error) {
	if slices.Contains(t.Skip, place) {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, trailTimeout)
	defer cancel()
	err := look(ctx, q)
	if err == nil {
		return
	}
	if errors.Is(err, errNotAll) {
		err = nil
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.faults = append(t.faults, TrailFault{place, err})
}

// add fills in a trail. A dead letter may name no app.
func (t *tracker) add(appID string, fill func(*Trail)) {
	t.mu.Lock()
	defer t.mu.Unlock()
	trail := t.trails[appID]
	if trail == nil {
		trail = &Trail{JobID: t.JobID, AppID: appID}
		t.trails[appID] = trail
	}
	fill(trail)
}

// answered says that the results have nothing to add.
func (t *tracker) answered() bool {
	for _, trail := range t.trails {
		if trail.Result != nil || trail.Waits {
			return true
		}
	}
	return false
}
