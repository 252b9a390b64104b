package stats

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/otpworker/otpworker/schema"
	"github.com/otpworker/otpworker/worker/queue"
)

// An Overview is the queue and all its workers at one moment.
type Overview struct {
	// Schema is that of the document, At the moment.
	Schema int       `json:"schema"`
	At     time.Time `json:"at"`
	// Lanes are both lanes of the queue.
	Lanes map[schema.Lane]Backlog `json:"lanes"`
	// Dead counts the dead letters by their reason, and DeadLetters all of them.
	DeadLetters uint64            `json:"deadLetters"`
	Dead        map[string]uint64 `json:"dead"`
	// Batches are those that are not finished, the oldest first: at most 20. There
	// are MoreBatches besides.
	Batches     []Batch `json:"batches"`
	MoreBatches int     `json:"moreBatches,omitzero"`
	// Workers are the snapshots of all that answered, by their name.
	Workers []Snapshot `json:"workers"`
	// Total and LastMinute are the sums over them: a worker that has ended is not
	// in them any more.
	Total      Counts `json:"total"`
	LastMinute Counts `json:"lastMinute"`
	// Faults say what could not be looked at, and why.
	Faults []Fault `json:"faults,omitempty"`
}

// A Fault is a part of an [Overview] that is missing.
type Fault struct {
	// Part is lanes, dead, batches or workers.
	Part string `json:"part"`
	Err  string `json:"err"`
	// Forbidden says that this connection lacks the right.
	Forbidden bool `json:"forbidden"`

	cause error
}

func (f Fault) Error() string { return f.Part + ": " + f.Err }

// Unwrap is why it is missing; nil in a fault that was read from a document.
func (f Fault) Unwrap() error { return f.cause }

// A Backlog is what a lane of the queue holds.
type Backlog struct {
	// Jobs includes those in hand; Queues counts the apps and batches that they
	// are of.
	Jobs   uint64 `json:"jobs"`
	Queues int    `json:"queues"`
	// OldestAt is when the oldest was queued, as a worker saw it some seconds ago;
	// left out if there is none or nobody knows.
	OldestAt time.Time `json:"oldestAt,omitzero"`
}

// A Batch is how far a batch is.
type Batch struct {
	ID        string           `json:"id"`
	AppID     string           `json:"appId"`
	State     queue.BatchState `json:"state"`
	Cancelled bool             `json:"cancelled,omitzero"`
	CreatedAt time.Time        `json:"createdAt"`
	// Rows = Unpublished + Waiting + the sum of Counts.
	Rows        uint64        `json:"rows"`
	Unpublished uint64        `json:"unpublished"`
	Waiting     uint64        `json:"waiting"`
	Counts      schema.Counts `json:"counts"`
}

const (
	// maxBatches bounds the batches of an overview: each costs two questions.
	maxBatches = 20
	// overviewTimeout bounds each part.
	overviewTimeout = 5 * time.Second
)

// Look makes an overview, with the rights of a worker or an operator. What it
// cannot look at stands in the overview's Faults.
func Look(ctx context.Context, q *queue.Queue) Overview {
	ctx, cancel := context.WithTimeout(ctx, overviewTimeout)
	defer cancel()
	o := Overview{Schema: Schema, At: time.Now().UTC(), Lanes: map[schema.Lane]Backlog{}, Dead: map[string]uint64{}, Batches: []Batch{}, Workers: []Snapshot{}}
	var mu sync.Mutex
	var parts sync.WaitGroup
	for part, look := range map[string]func(context.Context, *queue.Queue) (fill func(*Overview), err error){
		"lanes": lookAtLanes, "dead": lookAtDead, "batches": lookAtBatches, "workers": lookAtWorkers,
	} {
		parts.Go(func() {
			fill, err := look(ctx, q)
			mu.Lock()
			defer mu.Unlock()
			if err != nil {
				o.Faults = append(o.Faults, Fault{Part: part, Err: err.Error(), Forbidden: errors.Is(err, queue.ErrForbidden), cause: err})
				return
			}
			fill(&o)
		})
	}
	parts.Wait()
	slices.SortFunc(o.Faults, func(a, b Fault) int { return strings.Compare(a.Part, b.Part) })
	o.sum()
	return o
}

func lookAtLanes(ctx context.Context, q *queue.Queue) (func(*Overview), error) {
	backlog, err := q.Backlog(ctx)
	return func(o *Overview) {
		for _, lane := range schema.Lanes() {
			o.Lanes[lane] = Backlog{}
		}
		for app, jobs := range backlog {
			l := o.Lanes[app.Lane]
			l.Jobs += jobs
			l.Queues++
			o.Lanes[app.Lane] = l
		}
	}, err
}

func lookAtDead(ctx context.Context, q *queue.Queue) (func(*Overview), error) {
	letters, err := q.DeadByReason(ctx)
	return func(o *Overview) {
		o.Dead = letters
		for _, n := range letters {
			o.DeadLetters += n
		}
	}, err
}

func lookAtBatches(ctx context.Context, q *queue.Queue) (func(*Overview), error) {
	all, err := q.Batches(ctx)
	if queue.NoBatches(err) {
		err = nil // there never was one
	}
	if err != nil {
		return nil, err
	}
	open := slices.DeleteFunc(all, func(b queue.Batch) bool { return b.State == queue.BatchFinished })
	told := make([]Batch, 0, min(len(open), maxBatches))
	for _, record := range open[:min(len(open), maxBatches)] {
		s, err := q.BatchStatus(ctx, record)
		if err != nil {
			return nil, err
		}
		told = append(told, Batch{
			ID: s.ID, AppID: s.AppID, State: s.State, Cancelled: s.Cancelled, CreatedAt: s.CreatedAt,
			Rows: s.Rows, Unpublished: s.Unpublished, Waiting: s.Waiting, Counts: s.Counts,
		})
	}
	return func(o *Overview) { o.Batches, o.MoreBatches = told, len(open)-len(told) }, nil
}

func lookAtWorkers(ctx context.Context, q *queue.Queue) (func(*Overview), error) {
	answers, err := q.Fleet(ctx)
	if err != nil {
		return nil, err
	}
	workers := make([]Snapshot, 0, len(answers))
	for _, answer := range answers {
		var s Snapshot
		if json.Unmarshal(answer, &s) == nil && s.Worker != "" { // else it is of a version to come
			workers = append(workers, s)
		}
	}
	slices.SortFunc(workers, func(a, b Snapshot) int { return strings.Compare(a.Worker, b.Worker) })
	return func(o *Overview) { o.Workers = workers }, nil
}

// sum adds what follows from the parts.
func (o *Overview) sum() {
	for _, s := range o.Workers {
		o.Total, o.LastMinute = o.Total.Plus(s.Total), o.LastMinute.Plus(s.LastMinute)
		for name, seen := range s.Lanes {
			l, ok := o.Lanes[name]
			if ok && l.Jobs > 0 && !seen.OldestAt.IsZero() && (l.OldestAt.IsZero() || seen.OldestAt.After(l.OldestAt)) {
				// The latest sight: an older one is of a job that is gone.
				l.OldestAt = seen.OldestAt
				o.Lanes[name] = l
			}
		}
	}
}
