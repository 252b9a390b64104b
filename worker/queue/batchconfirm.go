package queue

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/otpworker/otpworker/schema"
)

// collect takes the confirmations in the order of the rows.
func (p *BatchPublisher) collect(ctx context.Context) {
	defer close(p.done)
	for s := range p.sent {
		if p.Err() != nil {
			continue
		}
		seq, err := p.confirm(ctx, s)
		p.note(s, seq, err)
		if err == nil {
			<-p.room
		}
	}
}

func (p *BatchPublisher) note(s sentRow, seq uint64, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.trouble = nil
	if err != nil {
		p.err = fmt.Errorf("publish row %d of batch %s: %w", s.row, p.batch.ID, err)
		close(p.failed)
		return
	}
	p.confirmed, p.highest, p.floors = s.row, max(p.highest, seq), p.floors[1:]
}

// confirm returns the sequence that a row was stored at; that of a row that the
// queue had already is the old one.
func (p *BatchPublisher) confirm(ctx context.Context, s sentRow) (seq uint64, err error) {
	if s.skip {
		return 0, nil
	}
	if err = s.err; err == nil {
		select {
		case ack := <-s.future.Ok():
			return ack.Sequence, nil
		case err = <-s.future.Err():
		}
	}
	return p.again(ctx, s, err)
}

// again publishes a row that was not confirmed until it is. A full queue is
// waited for as long as it takes.
func (p *BatchPublisher) again(ctx context.Context, s sentRow, err error) (uint64, error) {
	id := schema.BatchJobID(p.batch.ID, s.row)
	since := time.Now()
	for {
		err = publishError(err)
		if full := errors.Is(err, ErrQueueFull); full {
			since = time.Now()
		}
		if time.Since(since) > publishPatience {
			return 0, err
		}
		p.mu.Lock()
		p.trouble = err
		p.mu.Unlock()
		if sleepUntil(ctx, time.Now().Add(publishAgain)) != nil {
			return 0, err
		}
		try, cancel := context.WithTimeout(ctx, publishTimeout)
		var ack *jetstream.PubAck
		ack, err = p.js.PublishMsg(try, &nats.Msg{Subject: p.subject, Data: s.data, Header: s.header},
			jetstream.WithMsgID(id), jetstream.WithExpectStream(schema.StreamJobs))
		cancel()
		if err == nil {
			return ack.Sequence, nil
		}
	}
}
