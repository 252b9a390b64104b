package queue_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/otpworker/otpworker/schema"
	"github.com/otpworker/otpworker/worker/queue"
)

// row is the job of a row of the batch spring.
func row(n uint64) schema.Job {
	j := job(schema.BatchJobID("spring", n))
	j.BatchID = "spring"
	return j
}

func (r *rig) publisher(b queue.Batch, window int) *queue.BatchPublisher {
	r.t.Helper()
	p, err := r.queue.NewBatchPublisher(context.WithoutCancel(r.t.Context()), b, window)
	if err != nil {
		r.t.Fatal(err)
	}
	return p
}

func confirmed(t *testing.T, p *queue.BatchPublisher, rows, lastSeq uint64) {
	t.Helper()
	if r, s := p.Confirmed(); r != rows || s != lastSeq {
		t.Errorf("%d rows, sequence %d; want %d, %d", r, s, rows, lastSeq)
	}
}

func TestBatchPublisher(t *testing.T) {
	const rows = 500
	provisioned(t, func(t *testing.T, r *rig) {
		p := r.publisher(r.create(spring(rows)), 64)
		defer p.Close()
		for n := range uint64(rows) {
			if err := p.Publish(t.Context(), row(n+1)); err != nil {
				t.Fatal(err)
			}
		}
		if err := p.Flush(t.Context()); err != nil {
			t.Fatal(err)
		}
		confirmed(t, p, rows, rows)
		r.holds(schema.StreamJobs, rows)
		msg := r.stored(schema.StreamJobs, 7)
		if msg.Subject != "otp.v1.job.batch.app1.spring" || msg.Header.Get(nats.MsgIdHdr) != "spring-7" {
			t.Errorf("row 7 is %s on %s", msg.Header.Get(nats.MsgIdHdr), msg.Subject)
		}
	})
}

func TestBatchPublisherRefuses(t *testing.T) {
	provisioned(t, func(t *testing.T, r *rig) {
		p := r.publisher(r.create(spring(10)), 0)
		defer p.Close()
		other, label, bad := row(1), row(1), row(1)
		other.AppID, label.BatchID, bad.TTLSeconds = "app2", "", -1
		for name, j := range map[string]schema.Job{"not its turn": row(2), "another app": other, "another batch": label, "invalid": bad, "no row": job("x")} {
			if err := p.Publish(t.Context(), j); err == nil {
				t.Errorf("%s: published", name)
			}
		}
		if err := p.Publish(t.Context(), row(1)); err != nil {
			t.Error(err)
		}
		if err := p.Flush(t.Context()); err != nil {
			t.Error(err)
		}
		r.holds(schema.StreamJobs, 1)
	})
}

// A row that the queue has already is confirmed and not stored again.
func TestBatchPublisherMeetsDuplicates(t *testing.T) {
	provisioned(t, func(t *testing.T, r *rig) {
		b := r.create(spring(4))
		for range 2 {
			p := r.publisher(b, 0)
			for n := range uint64(4) {
				if err := p.Publish(t.Context(), row(n+1)); err != nil {
					t.Fatal(err)
				}
			}
			if err := p.Flush(t.Context()); err != nil {
				t.Fatal(err)
			}
			confirmed(t, p, 4, 4)
			p.Close()
		}
		r.holds(schema.StreamJobs, 4)
	})
}

// A full queue is waited for, and what came in behind the row that did not is
// not taken for it.
func TestBatchPublisherWaitsForRoom(t *testing.T) {
	inVirtualTime(t, func(t *testing.T, r *rig) {
		r.provision(r.queue)
		r.changeStream(func(c *jetstream.StreamConfig) { c.MaxMsgs = 3 })
		p := r.publisher(r.create(spring(5)), 2)
		defer p.Close()
		done := make(chan error, 1)
		go func() {
			for n := range uint64(5) {
				if err := p.Publish(t.Context(), row(n+1)); err != nil {
					done <- err
					return
				}
			}
			done <- p.Flush(t.Context())
		}()
		time.Sleep(10 * time.Minute) // more than any other reason is borne
		if rows, lastSeq := p.Confirmed(); rows != 3 || lastSeq > 3 {
			t.Errorf("%d rows, sequence %d", rows, lastSeq)
		}
		if !errors.Is(p.Trouble(), queue.ErrQueueFull) || p.Err() != nil {
			t.Errorf("trouble %v, error %v", p.Trouble(), p.Err())
		}
		r.purge(schema.StreamJobs)
		if err := <-done; err != nil {
			t.Fatal(err)
		}
		confirmed(t, p, 5, 5)
		if p.Trouble() != nil {
			t.Errorf("trouble %v", p.Trouble())
		}
	})
}

// A row that came in before an earlier one is found by who goes on from the
// checkpoint in between.
func TestCheckpointBehindEveryLaterRow(t *testing.T) {
	inVirtualTime(t, func(t *testing.T, r *rig) {
		r.provision(r.queue)
		r.changeStream(func(c *jetstream.StreamConfig) { c.MaxBytes = 5000 })
		if _, err := r.js().Publish(t.Context(), schema.JobSubject(schema.LaneBatch, "app1"), make([]byte, 4000)); err != nil {
			t.Fatal(err)
		}
		b := r.create(spring(3))
		p := r.publisher(b, 3)
		for n, large := range []bool{true, true, false} {
			j := row(uint64(n + 1))
			j.Metadata = map[string]string{}
			for i := 0; large && i < 15; i++ {
				j.Metadata[fmt.Sprint(i)] = strings.Repeat("x", 220)
			}
			if err := p.Publish(t.Context(), j); err != nil {
				t.Fatal(err)
			}
		}
		time.Sleep(time.Second)
		confirmed(t, p, 0, 0)
		stream, err := r.js().Stream(t.Context(), schema.StreamJobs)
		if err != nil {
			t.Fatal(err)
		}
		if err := stream.DeleteMsg(t.Context(), 1); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Second) // now there is room for one of the large ones
		b.Published, b.LastSeq = p.Confirmed()
		if tail, err := r.queue.BatchTail(t.Context(), b); err != nil || b.Published != 1 || len(tail) != 1 || !tail["spring-3"] {
			t.Errorf("after %d rows and sequence %d: %v, %v", b.Published, b.LastSeq, tail, err)
		}
		r.purge(schema.StreamJobs)
		if err := p.Flush(t.Context()); err != nil {
			t.Error(err)
		}
		p.Close()
	})
}

// So is one that an earlier sender has left behind a gap.
func TestCheckpointBehindAnEarlierSender(t *testing.T) {
	provisioned(t, func(t *testing.T, r *rig) {
		b := r.create(spring(4))
		r.publishRow(3)
		tail, err := r.queue.BatchTail(t.Context(), b)
		if err != nil || !tail["spring-3"] {
			t.Fatal(tail, err)
		}
		p := r.publisher(b, 0)
		defer p.Close()
		p.After(tail)
		for n := range uint64(4) {
			switch n {
			case 1:
				if err := p.Flush(t.Context()); err != nil {
					t.Fatal(err)
				}
				now := b
				now.Published, now.LastSeq = p.Confirmed()
				if found, err := r.queue.BatchTail(t.Context(), now); err != nil || now.Published != 1 || !found["spring-3"] {
					t.Errorf("after %d rows and sequence %d: %v, %v", now.Published, now.LastSeq, found, err)
				}
			case 2:
				if err := p.Skip(t.Context()); err != nil {
					t.Fatal(err)
				}
				continue
			}
			if err := p.Publish(t.Context(), row(n+1)); err != nil {
				t.Fatal(err)
			}
		}
		if err := p.Flush(t.Context()); err != nil {
			t.Fatal(err)
		}
		confirmed(t, p, 4, 4)
		r.holds(schema.StreamJobs, 4)
	})
}

// Without a queue the publisher gives up after a minute, and says where.
func TestBatchPublisherGivesUp(t *testing.T) {
	provisioned(t, func(t *testing.T, r *rig) {
		p := r.publisher(r.create(spring(5)), 2)
		defer p.Close()
		if err := r.js().DeleteStream(t.Context(), schema.StreamJobs); err != nil {
			t.Fatal(err)
		}
		start := time.Now()
		var err error
		for n := uint64(1); err == nil && n <= 5; n++ {
			err = p.Publish(t.Context(), row(n))
		}
		if took := time.Since(start); !errors.Is(err, queue.ErrNoQueue) || took < time.Minute || took > 2*time.Minute {
			t.Errorf("after %s: %v", took, err)
		}
		if again := p.Flush(t.Context()); !errors.Is(again, queue.ErrNoQueue) {
			t.Errorf("flush: %v", again)
		}
		confirmed(t, p, 0, 0)
	})
}

// A sender is told which rows behind its checkpoint are in the queue or have
// their result: no more and no fewer.
func TestBatchTail(t *testing.T) {
	provisioned(t, func(t *testing.T, r *rig) {
		b := spring(20)
		b.Published, b.LastSeq = 5, 3 // a sequence may be further back than the rows
		b = r.create(b)
		for _, n := range []uint64{1, 2, 3, 4, 5, 6, 9} {
			r.publishRow(n)
		}
		r.publishTo(schema.JobSubject(schema.LaneBatch, "app1")) // a plain job
		r.publishRow(11)
		r.batchResult(2, schema.OutcomeSent, "sent")
		r.batchResult(7, schema.OutcomeSent, "sent")
		r.batchResult(8, schema.OutcomeExpired, "cancelled")
		tail, err := r.queue.BatchTail(t.Context(), b)
		if got := slices.Sorted(maps.Keys(tail)); err != nil || fmt.Sprint(got) != "[spring-11 spring-6 spring-7 spring-8 spring-9]" {
			t.Errorf("got %v, %v", got, err)
		}
	})
}

func (r *rig) publishRow(n uint64) {
	r.t.Helper()
	data, err := row(n).Encode()
	if err != nil {
		r.t.Fatal(err)
	}
	if _, err := r.js().Publish(r.t.Context(), schema.BatchJobSubject("app1", "spring"), data, jetstream.WithMsgID(row(n).ID)); err != nil {
		r.t.Fatal(err)
	}
}

// Once results from after the checkpoint may be gone, nobody may go on: a row
// whose result is gone would be sent again.
func TestBatchTailForgotten(t *testing.T) {
	for name, c := range map[string]struct {
		drop func(*rig)
		want error
	}{
		"all kept":             {func(*rig) {}, nil},
		"all dropped":          {func(r *rig) { r.purge(schema.StreamResults) }, queue.ErrBatchForgotten},
		"from before the last": {func(r *rig) { r.dropResult(1) }, nil},
		"from after the last":  {func(r *rig) { r.dropResult(1); r.dropResult(2) }, queue.ErrBatchForgotten},
		"by age":               {func(*rig) { time.Sleep(25 * time.Hour) }, queue.ErrBatchForgotten},
	} {
		t.Run(name, func(t *testing.T) {
			provisioned(t, func(t *testing.T, r *rig) {
				b := r.create(spring(9))
				r.batchResult(1, schema.OutcomeSent, "sent")
				time.Sleep(time.Hour)
				r.batchResult(2, schema.OutcomeSent, "sent")
				time.Sleep(10 * time.Minute)
				b.Published = 2
				if _, err := r.queue.UpdateBatch(t.Context(), b); err != nil {
					t.Fatal(err)
				}
				time.Sleep(10 * time.Minute)
				r.batchResult(3, schema.OutcomeSent, "sent")
				// A pause is no checkpoint.
				time.Sleep(10 * time.Minute)
				b, err := r.queue.ChangeBatch(t.Context(), "spring", func(b *queue.Batch) error { return b.Move(queue.BatchPaused) })
				if err != nil {
					t.Fatal(err)
				}
				c.drop(r)
				if _, err := r.queue.BatchTail(t.Context(), b); !errors.Is(err, c.want) {
					t.Errorf("got %v, want %v", err, c.want)
				}
			})
		})
	}
}

func (r *rig) dropResult(seq uint64) {
	r.t.Helper()
	stream, err := r.js().Stream(r.t.Context(), schema.StreamResults)
	if err != nil {
		r.t.Fatal(err)
	}
	if err := stream.DeleteMsg(r.t.Context(), seq); err != nil {
		r.t.Fatal(err)
	}
}
