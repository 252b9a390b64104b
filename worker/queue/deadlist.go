package queue

import (
	"context"
	"fmt"
	"iter"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/otpworker/otpworker/schema"
)

const (
	// letterPage is how many dead letters are fetched at a time: some megabytes.
	letterPage = 256
	// letterTries bounds how often a page is asked for: a leader has been elected
	// by then, and a person waits.
	letterTries = 3
)

// DeadFilter says which dead letters are wanted; its zero value wants all.
type DeadFilter struct {
	// Reason, AppID and ID want letters with just that. ID is the letter's or
	// its job's. Each defaults to any.
	Reason, AppID, ID string
	// Lane wants those of a lane. Defaults to any.
	Lane schema.Lane
	// Since is when the oldest letter wanted was stored. Defaults to all that
	// are kept.
	Since time.Time
	// Limit wants the newest so many of them. Defaults to all.
	Limit int
}

func (f DeadFilter) wants(l Letter) bool {
	return f.wantsReason(l.Reason) && (f.AppID == "" || l.AppID == f.AppID) &&
		(f.ID == "" || l.ID == f.ID || l.JobID == f.ID) && (f.Lane == "" || l.Lane == f.Lane)
}

// wantsReason: what is no word at all stands under "unknown", and is counted there.
func (f DeadFilter) wantsReason(reason string) bool {
	return f.Reason == "" || reason == f.Reason ||
		f.Reason == "unknown" && schema.DeadSubject(reason) == schema.DeadSubject("unknown")
}

// Dead returns the dead letters that are stored at this moment, the oldest
// first. A letter that cannot be read comes as an error, with its Seq, and the
// next ones follow; after any other error the listing ends, incomplete.
func (q *Queue) Dead(ctx context.Context, f DeadFilter) iter.Seq2[Letter, error] {
	if f.Limit > 0 {
		return newest(q.letters(ctx, f), f.Limit)
	}
	return q.letters(ctx, f)
}

func newest(letters iter.Seq2[Letter, error], limit int) iter.Seq2[Letter, error] {
	return func(yield func(Letter, error) bool) {
		var last []Letter
		for letter, err := range letters {
			if err != nil {
				if !yield(letter, err) {
					return
				}
				continue
			}
			if last = append(last, letter); len(last) > limit {
				last = last[1:]
			}
		}
		for _, letter := range last {
			if !yield(letter, nil) {
				return
			}
		}
	}
}

func (q *Queue) letters(ctx context.Context, f DeadFilter) iter.Seq2[Letter, error] {
	return func(yield func(Letter, error) bool) {
		pages, err := q.allDead(ctx, f)
		for err == nil && !pages.ended {
			var page []jetstream.Msg
			page, err = pages.next(ctx, letterPage)
			for _, msg := range page {
				letter, bad := pages.read(msg)
				if pages.ended {
					return
				}
				if (bad != nil || f.wants(letter)) && !yield(letter, bad) {
					return
				}
			}
		}
		if err != nil {
			yield(Letter{}, fmt.Errorf("list dead letters: %w", unsent(err)))
		}
	}
}

// deadPages reads the stream page by page. It does not wait for messages, as a
// follower does: others may discard the letters that it would wait for.
type deadPages struct {
	queue    *Queue
	consumer jetstream.Consumer
	// last is the newest letter at the start: what comes later is not listed.
	last  uint64
	ended bool
}

func (q *Queue) allDead(ctx context.Context, f DeadFilter) (*deadPages, error) {
	stream, err := q.deadStream(ctx)
	if err != nil {
		return nil, err
	}
	return q.openDead(ctx, stream, f, 0)
}

// openDead makes a consumer from a sequence on; 0: from the filter's start.
func (q *Queue) openDead(ctx context.Context, stream jetstream.Stream, f DeadFilter, from uint64) (*deadPages, error) {
	cfg := jetstream.OrderedConsumerConfig{
		DeliverPolicy: jetstream.DeliverAllPolicy, InactiveThreshold: consumerIdle, MaxResetAttempts: letterTries,
		FilterSubjects: []string{schema.DeadSubjects},
	}
	if f.Reason != "" {
		cfg.FilterSubjects[0] = schema.DeadSubject(f.Reason)
	}
	switch {
	case from > 0:
		cfg.DeliverPolicy, cfg.OptStartSeq = jetstream.DeliverByStartSequencePolicy, from
	case !f.Since.IsZero():
		cfg.DeliverPolicy, cfg.OptStartTime = jetstream.DeliverByStartTimePolicy, &f.Since
	}
	consumer, err := stream.OrderedConsumer(ctx, cfg)
	return &deadPages{queue: q, consumer: consumer, last: stream.CachedInfo().State.LastSeq}, err
}

func (p *deadPages) next(ctx context.Context, most int) ([]jetstream.Msg, error) {
	if err := ctx.Err(); err != nil {
		return nil, context.Cause(ctx)
	}
	batch, err := p.consumer.FetchNoWait(most)
	if err != nil {
		return nil, err
	}
	var page []jetstream.Msg
	for msg := range batch.Messages() {
		page = append(page, msg)
	}
	if len(page) > 0 || batch.Error() != nil {
		return page, batch.Error()
	}
	// A broker that went silent looks like the end.
	info, err := p.consumer.Info(ctx)
	if err == nil && info.NumPending > 0 {
		err = ErrUnreachable
	}
	p.ended = true
	return nil, err
}

func (p *deadPages) read(msg jetstream.Msg) (Letter, error) {
	meta, err := msg.Metadata()
	if err != nil {
		return Letter{}, fmt.Errorf("read dead letter: %w", err)
	}
	p.ended = meta.Sequence.Stream > p.last
	return p.queue.decodeLetter(meta.Sequence.Stream, msg.Data())
}
