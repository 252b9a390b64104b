package queue

import (
	"errors"
	"fmt"
	"time"

	"github.com/otpworker/otpworker/schema"
)

// BatchState is where a batch stands.
type BatchState string

const (
	// BatchOpen: its jobs are sent.
	BatchOpen BatchState = "open"
	// BatchPaused: nothing of it is sent. Its jobs expire in time.
	BatchPaused BatchState = "paused"
	// BatchCancelled: nothing of it is sent any more; what waits gets its result.
	BatchCancelled BatchState = "cancelled"
	// BatchFinished: each row that was published has its result.
	BatchFinished BatchState = "finished"
)

// A Batch is the record of a batch: a named set of jobs of one app on the batch
// lane. It holds no number and no code. Every change is made by compare-and-set,
// and a record is kept for three days after its last one.
type Batch struct {
	// ID is 1 to 48 of A-Z a-z 0-9 _ -. Required.
	ID string `json:"id"`
	// AppID is the app of all its jobs. Required.
	AppID string `json:"appId"`
	// State defaults to open.
	State BatchState `json:"state"`
	// Rows is how many jobs it will have, 1 or more. Required.
	Rows uint64 `json:"rows"`
	// Digest names the input, so that another one is not taken for it: up to
	// 128 characters. Defaults to none.
	Digest string `json:"digest,omitzero"`
	// Published is how many rows the queue has confirmed, without a gap from
	// the first one on, and LastSeq a sequence of the job stream that all later
	// rows come after: see [BatchPublisher.Confirmed].
	Published uint64 `json:"published"`
	LastSeq   uint64 `json:"lastSeq"`
	// Sender is the nonce of the process that publishes.
	Sender string `json:"sender,omitzero"`
	// CreatedAt, UpdatedAt and EndedAt are set here, as is CheckpointAt: when
	// Published, LastSeq or Sender were changed last.
	CreatedAt    time.Time `json:"createdAt"`
	UpdatedAt    time.Time `json:"updatedAt"`
	CheckpointAt time.Time `json:"checkpointAt,omitzero"`
	EndedAt      time.Time `json:"endedAt,omitzero"`
	// Cancelled stays set when a cancelled batch is finished.
	Cancelled bool `json:"cancelled,omitzero"`
	// Counts and Reasons are the final ones; nil before the end.
	Counts  schema.Counts  `json:"counts,omitempty"`
	Reasons schema.Reasons `json:"reasons,omitempty"`

	// Revision is the record's in the bucket: [Queue.UpdateBatch] writes only
	// over it.
	Revision uint64 `json:"-"`
}

var (
	// ErrBatchExists says that there is a batch with this id, or what is left of
	// one.
	ErrBatchExists = errors.New("a batch with this id exists")
	// ErrNoBatch says that there is no record of a batch.
	ErrNoBatch = errors.New("no such batch")
	// ErrBatchChanged says that somebody else has changed the record since it
	// was read.
	ErrBatchChanged = errors.New("the batch was changed by somebody else")
	// ErrBatchEnded says that a batch is cancelled or finished.
	ErrBatchEnded = errors.New("the batch has ended")
)

// Ended reports whether nothing of the batch will be sent any more.
func (b Batch) Ended() bool { return b.State == BatchCancelled || b.State == BatchFinished }

// Move pauses, resumes (to BatchOpen) or cancels a batch, for [Queue.ChangeBatch].
// What is in that state already stays as it is. The error is [ErrBatchEnded] for
// one that is cancelled or finished.
func (b *Batch) Move(to BatchState) error {
	switch {
	case b.State == to && to != BatchFinished:
		return nil
	case b.Ended():
		return fmt.Errorf("batch %s is %s: %w", b.ID, b.State, ErrBatchEnded)
	case to != BatchOpen && to != BatchPaused && to != BatchCancelled:
		return fmt.Errorf("batch %s: %q is not open, paused or cancelled", b.ID, to)
	}
	b.State = to
	b.Cancelled = to == BatchCancelled
	return nil
}

// App is the batch's place in the queue.
func (b Batch) App() App { return App{Lane: schema.LaneBatch, ID: b.AppID, Batch: b.ID} }

const maxDigest = 128

func (b Batch) validate() error {
	faults := schema.Faults{}
	if err := schema.CheckBatchID(b.ID); err != nil {
		faults = append(faults, schema.Fault{Field: "id", Problem: "must be 1 to 48 characters of A-Z a-z 0-9 _ -"})
	}
	if faulty, _ := errors.AsType[schema.Faults](schema.Job{AppID: b.AppID}.Validate()); faulty.On("appId") {
		faults = append(faults, schema.Fault{Field: "appId", Problem: "must be 4 to 32 characters of A-Z a-z 0-9 _ -"})
	}
	switch b.State {
	case BatchOpen, BatchPaused, BatchCancelled, BatchFinished:
	default:
		faults = append(faults, schema.Fault{Field: "state", Problem: "must be open, paused, cancelled or finished"})
	}
	if b.Rows == 0 {
		faults = append(faults, schema.Fault{Field: "rows", Problem: "must be 1 or more"})
	}
	if b.Published > b.Rows {
		faults = append(faults, schema.Fault{Field: "published", Problem: "must be at most rows"})
	}
	if len(b.Digest) > maxDigest {
		faults = append(faults, schema.Fault{Field: "digest", Problem: "must be at most 128 characters"})
	}
	if len(faults) == 0 {
		return nil
	}
	return faults
}
