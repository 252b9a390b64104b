package bench

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/otpworker/otpworker/schema"
)

// A load publishes the jobs of a run without waiting for each.
type load struct {
	js   jetstream.JetStream
	run  run
	lane schema.Lane
	// unsure are the confirmations that have not come, in order.
	unsure chan jetstream.PubAckFuture
	done   sync.WaitGroup

	fault error // of the confirmations; read after done
}

func newLoad(s *stage) *load {
	l := &load{js: s.js, run: s.run, lane: s.cfg.Lane, unsure: make(chan jetstream.PubAckFuture, publishAhead)}
	l.done.Go(l.confirm)
	return l
}

// confirm notes the first job that was not stored.
func (l *load) confirm() {
	for future := range l.unsure {
		select {
		case <-future.Ok():
		case err := <-future.Err():
			l.note(err)
		case <-time.After(setUpTime):
			l.note(fmt.Errorf("no confirmation within %s", setUpTime))
		}
	}
}

func (l *load) note(err error) {
	if l.fault == nil {
		l.fault = fmt.Errorf("publish job: %w", err)
	}
}

// publish sends the n-th job off; the time is just before that.
func (l *load) publish(n int) (time.Time, error) {
	job := l.run.job(n)
	data, err := job.Encode()
	if err != nil {
		return time.Time{}, err
	}
	msg := &nats.Msg{Subject: schema.JobSubject(l.lane, job.AppID), Data: data}
	at := time.Now()
	future, err := l.js.PublishMsgAsync(msg,
		jetstream.WithMsgID(job.ID), jetstream.WithExpectStream(schema.StreamJobs), jetstream.WithStallWait(setUpTime))
	if err != nil {
		return at, fmt.Errorf("publish job: %w", err)
	}
	l.unsure <- future
	return at, nil
}

// end waits until all that was published is stored.
func (l *load) end() error {
	close(l.unsure)
	l.done.Wait()
	return l.fault
}

// backlog publishes n jobs as fast as it goes.
func (s *stage) backlog(ctx context.Context, n int) error {
	l := newLoad(s)
	var err error
	for i := 0; i < n && err == nil; i++ {
		if err = ctx.Err(); err == nil {
			_, err = l.publish(i)
		}
	}
	if fault := l.end(); err == nil {
		err = fault
	}
	return err
}
