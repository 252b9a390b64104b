package queue

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/otpworker/otpworker/schema"
)

const (
	// defaultPage is how many letters a page has if the filter sets no limit.
	defaultPage = 50
	// pageLooks bounds the letters that are read for one page: a filter that
	// fits few of very many goes on with the next page.
	pageLooks = 20 * letterPage
	// consumerGone bounds how long the end of a consumer is waited for. It would
	// end by itself.
	consumerGone = time.Second
)

// A DeadPage is one page of dead letters, the newest first.
type DeadPage struct {
	Entries []DeadEntry
	// Older is the before of the next page; 0: there are no older ones.
	Older uint64
}

// A DeadEntry is a letter in its place.
type DeadEntry struct {
	Letter
	// Unreadable: what stands there is no dead letter document. Nothing of it
	// is known but Seq.
	Unreadable bool
}

// DeadPage returns the newest dead letters that a filter wants and that come
// before a sequence, or the newest of all for 0; f.Limit defaults to 50 and f.Since
// is not looked at. It reads
// a bounded part of the stream from its end, never all of it: a page may hold
// fewer letters than the limit and name an older one all the same. The error is
// [ErrForbidden] if this connection may not look.
func (q *Queue) DeadPage(ctx context.Context, f DeadFilter, before uint64) (DeadPage, error) {
	stream, err := q.deadStream(ctx)
	if err != nil {
		return DeadPage{}, err
	}
	if f.Limit <= 0 {
		f.Limit = defaultPage
	}
	state := stream.CachedInfo().State
	b := deadBackwards{q: q, stream: stream, filter: f, first: max(state.FirstSeq, 1), last: state.LastSeq, span: letterPage}
	if before > 0 {
		b.last = min(b.last, before-1)
	}
	// One more than are wanted: so it knows of more.
	for len(b.found) <= f.Limit && b.looked < pageLooks && b.last >= b.first {
		if err := b.step(ctx); err != nil {
			return DeadPage{}, fmt.Errorf("read dead letters: %w", q.orRefused(err, "CONSUMER.CREATE."+schema.StreamDead))
		}
	}
	return b.page(), nil
}

// deadBackwards reads the stream window by window from its end. JetStream reads
// forwards only, but a consumer is told for nothing how many letters come after
// its start: so a window that holds too many is known before it is read, and one
// that holds none costs no reading.
type deadBackwards struct {
	q      *Queue
	stream jetstream.Stream
	filter DeadFilter
	// first and last bound what has not been looked at; span is the window.
	first, last, span uint64
	// newer letters than last have the filter's subject.
	newer  uint64
	found  []DeadEntry
	looked int
}

func (b *deadBackwards) step(ctx context.Context) error {
	low := b.first
	if b.last-b.first >= b.span {
		low = b.last - b.span + 1
	}
	pages, err := b.q.openDead(ctx, b.stream, b.filter, low)
	if err != nil {
		return err
	}
	defer pages.close(ctx, b.stream)
	pages.last = b.last
	pending := pages.consumer.CachedInfo().NumPending
	inside := pending - min(pending, b.newer)
	if inside > letterPage && b.span > letterPage {
		b.span = max(letterPage, b.span/4)
		return nil
	}
	if inside > 0 {
		if err := b.read(ctx, pages, int(min(inside, letterPage))); err != nil { //nolint:gosec // at most a page
			return err
		}
	}
	b.newer, b.last = pending, low-1
	if inside < letterPage/4 && b.span < 1<<60 {
		b.span *= 4
	}
	return nil
}

func (b *deadBackwards) read(ctx context.Context, pages *deadPages, n int) error {
	msgs, err := pages.next(ctx, n)
	if err != nil {
		return err
	}
	var window []DeadEntry
	for _, msg := range msgs {
		letter, err := pages.read(msg)
		unreadable := errors.Is(err, ErrUnreadable)
		switch {
		case err != nil && !unreadable:
			return err
		case pages.ended: // those that come now are newer
		case unreadable && b.filter.byContent(), !unreadable && !b.filter.wants(letter):
		default:
			window = append(window, DeadEntry{Letter: letter, Unreadable: unreadable})
		}
		b.looked++
	}
	slices.Reverse(window)
	b.found = append(b.found, window...)
	return nil
}

func (b *deadBackwards) page() DeadPage {
	switch limit := b.filter.Limit; {
	case len(b.found) > limit:
		return DeadPage{Entries: b.found[:limit], Older: b.found[limit-1].Seq}
	case b.last >= b.first:
		return DeadPage{Entries: b.found, Older: b.last + 1}
	}
	return DeadPage{Entries: b.found}
}

// byContent says that the filter asks for what stands in a letter; the reason
// stands in its subject too.
func (f DeadFilter) byContent() bool { return f.AppID != "" || f.ID != "" || f.Lane != "" }

// close removes the consumer: a page is looked at more often than one is
// forgotten.
func (p *deadPages) close(ctx context.Context, stream jetstream.Stream) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), consumerGone)
	defer cancel()
	_ = stream.DeleteConsumer(ctx, p.consumer.CachedInfo().Name)
}
