package batchfile

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/otpworker/otpworker/schema"
	"github.com/otpworker/otpworker/worker/queue"
)

var (
	// ErrTakenOver says that another sender goes on with the batch.
	ErrTakenOver = errors.New("another sender has taken over the batch")
	// ErrCancelled says that the batch was cancelled.
	ErrCancelled = errors.New("the batch was cancelled")
)

// SendOptions say how to publish.
type SendOptions struct {
	// Ahead is how many rows may wait in the queue for their turn, so that their
	// codes do not age there; 0: any number.
	Ahead int
	// Codes are those of the rows without one, see [WriteCodes]. Defaults to none.
	Codes *CodesFile
	// Seal seals a job that has its id and its code. Defaults to nothing: it
	// travels in the clear.
	Seal func(schema.Job) (schema.Job, error)
	// Observe is called about every half second, by one goroutine. Defaults to
	// nothing.
	Observe func(Progress)
}

// Progress is how far a batch is.
type Progress struct {
	queue.BatchStatus
	// Trouble is why a row has to be published again, such as
	// [queue.ErrQueueFull]; nil if none has.
	Trouble error
}

// lastWords is how long a sender that is interrupted takes to note how far it has
// come.
const lastWords = 8 * time.Second

// Send publishes the rows of a file that are not published yet, and returns when
// the queue has all of them. Of a batch that is paused it waits for the end of the
// pause. It begins where the last run stopped, whatever ended that, and publishes
// no row that is in the queue or has its result.
//
// Of two senders of one batch the later one goes on and the earlier one ends with
// [ErrTakenOver]. Other errors: [ErrCancelled]; [ErrChanged]; the context's, when
// it has noted how far it has come.
func Send(ctx context.Context, q *queue.Queue, f *File, p Plan, o SendOptions) error {
	batch, err := own(ctx, q, f, p, o.Codes != nil)
	if err != nil {
		return err
	}
	tail, err := q.BatchTail(ctx, batch)
	if err != nil {
		return err
	}
	// The publisher has a context of its own: when ctx ends, what is on its way is
	// still waited for.
	publishing, stop := context.WithCancel(context.WithoutCancel(ctx))
	defer stop()
	pub, err := q.NewBatchPublisher(publishing, batch, 0)
	if err != nil {
		return err
	}
	k := newKeeper(q, batch, pub, o)
	keeping, stopKeeping := context.WithCancelCause(ctx)
	kept := make(chan struct{})
	go func() {
		defer close(kept)
		stopKeeping(k.run(keeping))
	}()
	s := sender{file: f, batch: batch, pub: pub, keeper: k, tail: tail, options: o}
	err = s.rows(keeping)
	if err == nil {
		err = pub.Flush(keeping)
	}
	if keeping.Err() != nil {
		err = context.Cause(keeping) // it says more than what it has ended
	}
	stopKeeping(nil)
	<-kept
	if err != nil && !errors.Is(err, ErrTakenOver) {
		lasting, cancel := context.WithTimeout(context.WithoutCancel(ctx), lastWords/2)
		defer cancel()
		_ = pub.Flush(lasting) // the checkpoint says how far it came
	}
	stop()
	pub.Close()
	return errors.Join(err, k.last(ctx, err))
}

// A sender publishes the rows of one run.
type sender struct {
	file    *File
	batch   queue.Batch
	pub     *queue.BatchPublisher
	keeper  *keeper
	tail    map[string]bool
	options SendOptions
}

func (s *sender) rows(ctx context.Context) error {
	for job, err := range s.file.Jobs(s.batch.ID) {
		if err != nil {
			return err
		}
		if err := s.code(&job); err != nil {
			return err
		}
		if uint64(job.N) <= s.batch.Published {
			continue
		}
		if err := s.keeper.admit(ctx, uint64(job.N)); err != nil {
			return err
		}
		if s.tail[job.ID] {
			err = s.pub.Skip(ctx)
		} else {
			err = s.publish(ctx, job.Job)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (s *sender) publish(ctx context.Context, job schema.Job) (err error) {
	job.CreatedAt = time.Now()
	if s.options.Seal != nil {
		if job, err = s.options.Seal(job); err != nil {
			return err
		}
	}
	return s.pub.Publish(ctx, job)
}

// code gives a row its code, also to one that is skipped: the file of codes is
// read along.
func (s *sender) code(job *Job) error {
	if !job.Code.IsZero() {
		return nil
	}
	if s.options.Codes == nil {
		return fmt.Errorf("row %d has no code", job.Line)
	}
	code, err := s.options.Codes.Code(*job)
	job.Code = code
	return err
}
