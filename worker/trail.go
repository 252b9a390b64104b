package worker

import (
	"cmp"
	"context"
	"encoding/json"
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

func (t *tracker) inLedger(ctx context.Context, q *queue.Queue) error {
	entries, err := q.FindEntries(ctx, t.JobID, t.AppID)
	for _, found := range entries {
		var e entry
		if json.Unmarshal(found.Value, &e) != nil {
			continue // of a version to come
		}
		t.add(found.AppID, func(trail *Trail) {
			trail.Claim = e.claim(found.At)
			trail.setResult(e.Result)
		})
	}
	return err
}

// claim is the entry for others.
func (e *entry) claim(at time.Time) *Claim {
	c := &Claim{
		State: e.State, Worker: e.Worker, At: at, Attempts: e.Attempts, EverUnknown: e.EverUnknown, Asked: e.Asked,
		Reason: e.Reason, Status: e.Status, TakenAt: e.TakenAt, HeldSince: e.HeldSince,
		Held: time.Duration(e.HeldMS) * time.Millisecond, Provider: time.Duration(e.ProviderMS) * time.Millisecond,
	}
	if e.State == stateClaimed {
		if c.ClaimedAt = e.ClaimedAt; c.ClaimedAt.IsZero() {
			c.ClaimedAt = at
		}
	}
	return c
}

// setResult also tells when the job was queued.
func (t *Trail) setResult(r *schema.Result) {
	if r == nil || t.Result != nil {
		return
	}
	t.Result, t.Lane, t.BatchID = r, r.Lane, cmp.Or(t.BatchID, r.BatchID)
	if t.QueuedAt.IsZero() {
		t.QueuedAt = r.CompletedAt.Add(-time.Duration(r.Timings.Total) * time.Millisecond)
	}
}

func (t *tracker) inQueue(ctx context.Context, q *queue.Queue) error {
	found, all, err := q.FindQueued(ctx, t.JobID, t.AppID)
	for _, one := range found {
		t.add(one.AppID, func(trail *Trail) {
			trail.Waits, trail.Lane, trail.QueuedAt, trail.To = true, one.Lane, one.At, one.Job.To
			trail.BatchID, trail.ExpiresAt = cmp.Or(one.BatchID, one.Job.BatchID), one.Job.Expiry(one.At)
		})
	}
	if err == nil && !all {
		return errNotAll
	}
	return err
}

func (t *tracker) inDead(ctx context.Context, q *queue.Queue) error {
	for letter, err := range q.Dead(ctx, queue.DeadFilter{AppID: t.AppID, ID: t.JobID}) {
		if errors.Is(err, queue.ErrUnreadable) {
			continue // it has no id to be called by
		}
		if err != nil {
			return orNotAll(ctx, err, q.RefusedToRead(schema.StreamDead))
		}
		t.add(letter.AppID, func(trail *Trail) {
			trail.Letters, trail.Lane = append(trail.Letters, letter), letter.Lane
			if trail.QueuedAt.IsZero() {
				trail.QueuedAt = letter.QueuedAt
			}
			// Of an invalid job there may be a number all the same.
			job, err := letter.Job()
			trail.To = job.To
			if err == nil {
				trail.ExpiresAt = letter.Expiry(job)
			}
		})
	}
	return nil
}

// inResults reads the whole stream: its subjects tell no job's id.
func (t *tracker) inResults(ctx context.Context, q *queue.Queue) error {
	var last error
	for result, err := range q.Results(ctx, queue.Follow{Once: true}) {
		if last = err; err != nil {
			continue // one that cannot be read; any other is the last
		}
		if result.JobID == t.JobID && (t.AppID == "" || result.AppID == t.AppID) {
			t.add(result.AppID, func(trail *Trail) { trail.setResult(&result) })
			if t.AppID != "" {
				return nil
			}
		}
	}
	return orNotAll(ctx, cmp.Or(last, ctx.Err()), q.RefusedToRead(schema.StreamResults))
}

// orNotAll tells a place that is too large from one that is forbidden, and from
// one that does not answer.
func orNotAll(ctx context.Context, err, refused error) error {
	switch {
	case err != nil && refused != nil:
		return refused
	case err != nil && ctx.Err() != nil:
		return errNotAll
	}
	return err
}
