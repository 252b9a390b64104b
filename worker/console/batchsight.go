package console

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/otpworker/otpworker/schema"
	"github.com/otpworker/otpworker/worker/batchfile"
	"github.com/otpworker/otpworker/worker/queue"
)

// A batchSight is where a batch stands, how fast it goes and when it will end.
type batchSight struct {
	queue.BatchStatus
	At time.Time
	// Rate is how many results came in a second of the last minute; Measured: it
	// is known.
	Rate     float64
	Measured bool
	// Ends is when it ends at this rate, zero if that cannot be told; Expiring is
	// how many rows would expire first, if what waits could be Looked at.
	Ends     time.Time
	Expiring uint64
	Looked   bool
	// First and Last are when the codes of the oldest and the newest row that
	// waits end; zero: none waits.
	First, Last time.Time
	life        time.Duration
}

// see counts a batch. What its rate and its end need may be refused to the
// connection of a worker: it is left out then.
func (s *sights) see(ctx context.Context, q *queue.Queue, b queue.Batch) (batchSight, error) {
	status, err := q.BatchStatus(ctx, b)
	if err != nil {
		return batchSight{}, err
	}
	sight := batchSight{BatchStatus: status, At: time.Now()}
	if !sight.Ended() {
		s.barred.unless("rate", func() error { return sight.measure(ctx, q) })
		s.barred.unless("look", func() error { return sight.look(ctx, q) })
		sight.foresee()
	}
	return sight, nil
}

func (s *batchSight) measure(ctx context.Context, q *queue.Queue) (err error) {
	s.Rate, err = q.BatchRate(ctx, s.Batch)
	s.Measured = err == nil
	return err
}

// look finds out how long the codes that wait have to live.
func (s *batchSight) look(ctx context.Context, q *queue.Queue) error {
	subject := s.App().Subject()
	head, some, err := q.Head(ctx, subject)
	if err != nil {
		return err
	}
	tail, still, err := q.Tail(ctx, subject)
	if err != nil {
		return err
	}
	s.Looked = true
	if some && still {
		s.First, s.Last, s.life = head.Expiry, tail.Expiry, tail.Expiry.Sub(tail.QueuedAt)
	}
	return nil
}

func (s *batchSight) foresee() {
	course := batchfile.Course{Waiting: s.Waiting, Unpublished: s.Unpublished, Rate: s.Rate, Life: s.life}
	if !s.First.IsZero() {
		course.First, course.Last = s.First.Sub(s.At), s.Last.Sub(s.At)
	}
	if lasts, known := course.Lasts(); known && s.State == queue.BatchOpen {
		s.Ends, s.Expiring = s.At.Add(lasts), course.Expiring()
	}
}

// Done is the part of the rows that have their result, 0 to 100.
func (s batchSight) Done() int {
	if s.Rows == 0 {
		return 0
	}
	return int(min(s.Answered(), s.Rows) * 100 / s.Rows) //nolint:gosec // at most 100
}

// Left is how many rows have no result yet.
func (s batchSight) Left() uint64 { return s.Unpublished + s.Waiting }

// Sent is how many rows were sent.
func (s batchSight) Sent() uint64 { return s.Counts[schema.OutcomeSent] }

// NotSent is how many rows have another result than sent.
func (s batchSight) NotSent() (n uint64) {
	for o, rows := range s.Counts {
		if o != schema.OutcomeSent {
			n += rows
		}
	}
	return n
}

// StateText tells a batch that was cancelled from one that came to its end.
func (s batchSight) StateText() string {
	if s.State == queue.BatchFinished && s.Cancelled {
		return "finished (cancelled)"
	}
	return string(s.State)
}

// A batchSlice is a part of a batch's bar.
type batchSlice struct {
	Outcome  schema.Outcome
	From, To float64
}

// Width of a batchSlice.
func (s batchSlice) Width() float64 { return s.To - s.From }

// batchBarWidth is that of the drawing.
const batchBarWidth = 1000

// Bar is the outcomes' parts of the rows, from left to right.
func (s batchSight) Bar() (bar []batchSlice) {
	at, whole := 0.0, float64(max(s.Rows+s.Repeats, 1))
	for _, o := range schema.Outcomes() {
		if n := s.Counts[o]; n > 0 {
			to := at + float64(n)/whole*batchBarWidth
			bar = append(bar, batchSlice{Outcome: o, From: at, To: to})
			at = to
		}
	}
	return bar
}

// A batchCount is a line of the table: an outcome and its reasons.
type batchCount struct {
	Outcome schema.Outcome
	Rows    uint64
	Reasons []batchReason
}

type batchReason struct {
	Reason string
	Rows   uint64
}

// Outcomes are the counts of all outcomes, with the reasons of what was not sent.
func (s batchSight) Outcomes() (all []batchCount) {
	for _, o := range schema.Outcomes() {
		one := batchCount{Outcome: o, Rows: s.Counts[o]}
		for reason, n := range s.Reasons[o] {
			if o != schema.OutcomeSent {
				one.Reasons = append(one.Reasons, batchReason{Reason: reason, Rows: n})
			}
		}
		slices.SortFunc(one.Reasons, func(a, b batchReason) int {
			return cmp.Or(cmp.Compare(b.Rows, a.Rows), cmp.Compare(a.Reason, b.Reason))
		})
		all = append(all, one)
	}
	return all
}

// Share is a part of the rows, in percent.
func (s batchSight) Share(n uint64) string { return share(n, s.Rows) }

// Sum is what the parts add up to: the rows, and the repeats.
func (s batchSight) Sum() uint64 { return s.Rows + s.Repeats }
