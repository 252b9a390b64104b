package queue

import (
	"context"
	"fmt"
	"maps"

	"github.com/otpworker/otpworker/schema"
)

// reasonResultGone is that of rows that were queued and are not in the queue any
// more, and whose result is not kept any more either.
const reasonResultGone = "result_gone"

// BatchStatus is where the rows of a batch are. It always adds up:
//
//	Rows + Repeats = Unpublished + Waiting + the sum of Counts
type BatchStatus struct {
	Batch
	// Counts and Reasons are those of the results that stand in the stream; of a
	// finished batch the final ones. A row that was queued and is neither in the
	// queue nor has a result in the stream counts as unknown, reason result_gone:
	// its result was older than the stream keeps.
	Counts  schema.Counts
	Reasons schema.Reasons
	// Waiting is how many rows are queued, or with a worker.
	Waiting uint64
	// Unpublished is how many rows are not queued yet.
	Unpublished uint64
	// Queued is how many messages of the batch the queue holds at this moment.
	Queued uint64
	// Repeats is how many results are more than rows: 0, but for results that
	// were stored twice, which can happen when all workers are away for more
	// than ten minutes, or for jobs that somebody else has put on the batch's
	// subject.
	Repeats uint64
}

// Answered is how many rows have their result.
func (s BatchStatus) Answered() uint64 { return total(s.Counts) - s.Repeats }

// Gone is how many rows count as unknown because their result is not kept.
func (s BatchStatus) Gone() uint64 { return s.Reasons[schema.OutcomeUnknown][reasonResultGone] }

// BatchStatus counts a batch, with two questions to the broker, whatever its
// size.
func (q *Queue) BatchStatus(ctx context.Context, b Batch) (BatchStatus, error) {
	if b.State == BatchFinished {
		return statusOf(b, 0, b.Counts, b.Reasons), nil
	}
	ctx, cancel := context.WithTimeout(ctx, batchTimeout)
	defer cancel()
	// The queue first: a job has its result before it leaves the queue, so that
	// none is missed in between.
	jobs, err := q.subjectsOf(ctx, schema.StreamJobs, schema.BatchJobSubject(b.AppID, b.ID))
	if err != nil {
		return BatchStatus{}, fmt.Errorf("count batch %s: %w", b.ID, err)
	}
	results, err := q.subjectsOf(ctx, schema.StreamResults, schema.BatchResultSubjects(b.AppID, b.ID))
	if err != nil {
		return BatchStatus{}, fmt.Errorf("count batch %s: %w", b.ID, err)
	}
	counts, reasons := schema.Counts{}, schema.Reasons{}
	for subject, n := range results {
		if o, reason, ok := schema.ParseBatchResult(subject); ok {
			add(counts, reasons, o, reason, n)
		}
	}
	return statusOf(b, jobs[schema.BatchJobSubject(b.AppID, b.ID)], counts, reasons), nil
}

// statusOf makes the parts add up. What moves between the two questions is
// counted twice and cut off.
func statusOf(b Batch, queued uint64, counts schema.Counts, reasons schema.Reasons) BatchStatus {
	s := BatchStatus{Batch: b, Queued: queued, Counts: maps.Clone(counts), Reasons: reasons}
	if s.Counts == nil {
		s.Counts, s.Reasons = schema.Counts{}, schema.Reasons{}
	}
	answered := total(s.Counts)
	if there := queued + answered; b.State != BatchFinished && b.Published > there {
		add(s.Counts, s.Reasons, schema.OutcomeUnknown, reasonResultGone, b.Published-there)
		answered = total(s.Counts)
	}
	if answered > b.Rows {
		s.Repeats = answered - b.Rows
		answered = b.Rows
	}
	published := min(b.Rows, max(b.Published, queued+answered))
	s.Unpublished = b.Rows - published
	s.Waiting = published - min(published, answered)
	return s
}

func add(counts schema.Counts, reasons schema.Reasons, o schema.Outcome, reason string, n uint64) {
	counts[o] += n
	if reasons[o] == nil {
		reasons[o] = map[string]uint64{}
	}
	reasons[o][reason] += n
}

func total(counts schema.Counts) (n uint64) {
	for _, one := range counts {
		n += one
	}
	return n
}
