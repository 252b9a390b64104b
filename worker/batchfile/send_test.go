package batchfile

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/otpworker/otpworker/schema"
	"github.com/otpworker/otpworker/worker/queue"
)

var errStop = errors.New("told to stop")

func TestSend(t *testing.T) {
	inVirtualTime(t, func(t *testing.T, r *rig) {
		f := r.file(5_000)
		time.Sleep(time.Minute) // the file may be old when its rows are published
		before := time.Now()
		s := r.send(f, SendOptions{})
		if err := <-s.ended; err != nil {
			t.Fatal(err)
		}
		if s := r.status(); s.Published != 5_000 || s.Queued != 5_000 || s.Unpublished != 0 || s.Waiting != 5_000 {
			t.Errorf("%+v", s)
		}
		msg, err := r.jobs.GetMsg(t.Context(), 4_999)
		if err != nil {
			t.Fatal(err)
		}
		job, err := schema.DecodeJob(msg.Data)
		if err != nil || job.ID != "friday-4999" || job.CreatedAt.Before(before) || msg.Subject != schema.BatchJobSubject(app, id) {
			t.Errorf("%s on %s, created %s: %v", job.ID, msg.Subject, job.CreatedAt, err)
		}
	})
}

// No more rows wait in the queue than may.
func TestSendStaysAhead(t *testing.T) {
	inVirtualTime(t, func(t *testing.T, r *rig) {
		var seen int
		s := r.send(r.file(40), SendOptions{Ahead: 10, Observe: func(Progress) { seen++ }})
		for done := 0; done < 40; done += 10 {
			time.Sleep(2 * time.Second)
			if s := r.status(); s.Waiting != 10 || s.Rows-s.Unpublished != uint64(done+10) {
				t.Errorf("after %d: %d waiting, %d unpublished", done, s.Waiting, s.Unpublished)
			}
			if got := len(r.answer(10)); got != 10 {
				t.Errorf("%d answered", got)
			}
		}
		if err := <-s.ended; err != nil {
			t.Error(err)
		}
		if seen < 10 {
			t.Errorf("seen %d times", seen)
		}
	})
}

// A sender that was killed left a record that knows less than the queue. Long
// after the broker has forgotten the ids it has seen, nothing is published twice.
func TestSendGoesOnAfterAKill(t *testing.T) {
	inVirtualTime(t, func(t *testing.T, r *rig) {
		f := r.file(30)
		s := r.send(f, SendOptions{Ahead: 20})
		time.Sleep(2 * time.Second)
		s.stop(errStop)
		if err := <-s.ended; !errors.Is(err, errStop) {
			t.Fatal(err)
		}
		if b := r.status(); b.Published != 20 {
			t.Errorf("%d published", b.Published)
		}
		answered := r.answer(7)
		_, err := r.queue.ChangeBatch(t.Context(), id, func(b *queue.Batch) error {
			b.Published, b.LastSeq = 4, 4
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		time.Sleep(11 * time.Minute)
		s = r.send(f, SendOptions{Ahead: 30})
		if err := <-s.ended; err != nil {
			t.Fatal(err)
		}
		answered = append(answered, r.answer(100)...)
		seen := map[string]bool{}
		for _, id := range answered {
			if seen[id] {
				t.Errorf("job %s came twice", id)
			}
			seen[id] = true
		}
		if status := r.status(); len(seen) != 30 || status.Counts[schema.OutcomeSent] != 30 || status.Published != 30 || status.Repeats != 0 {
			t.Errorf("%d jobs, %+v", len(seen), status)
		}
	})
}

func TestTheLaterSenderGoesOn(t *testing.T) {
	inVirtualTime(t, func(t *testing.T, r *rig) {
		first := r.send(r.file(30), SendOptions{Ahead: 10})
		time.Sleep(2 * time.Second)
		second := r.send(r.file(30), SendOptions{Ahead: 20})
		began := time.Now()
		if err := <-first.ended; !errors.Is(err, ErrTakenOver) {
			t.Errorf("the first: %v", err)
		}
		if took := time.Since(began); took > time.Second {
			t.Errorf("the first noticed after %s", took)
		}
		time.Sleep(2 * time.Second)
		if s := r.status(); s.Queued != 20 {
			t.Errorf("%d queued", s.Queued)
		}
		r.answer(20)
		if err := <-second.ended; err != nil {
			t.Errorf("the second: %v", err)
		}
		if got := r.answer(20); len(got) != 10 {
			t.Errorf("%v", got)
		}
	})
}

func TestSendWaitsForTheEndOfAPause(t *testing.T) {
	inVirtualTime(t, func(t *testing.T, r *rig) {
		s := r.send(r.file(30), SendOptions{Ahead: 10})
		time.Sleep(2 * time.Second)
		r.move(queue.BatchPaused)
		time.Sleep(time.Second)
		r.answer(10)
		time.Sleep(time.Minute)
		if s := r.status(); s.Queued != 0 || s.Unpublished != 20 {
			t.Errorf("published while it was paused: %d queued, %d unpublished", s.Queued, s.Unpublished)
		}
		r.move(queue.BatchOpen)
		time.Sleep(time.Second)
		r.answer(10)
		if err := <-s.ended; err != nil {
			t.Error(err)
		}
	})
}

func TestACancelEndsTheSending(t *testing.T) {
	inVirtualTime(t, func(t *testing.T, r *rig) {
		f := r.file(30)
		s := r.send(f, SendOptions{Ahead: 10})
		time.Sleep(2 * time.Second)
		r.move(queue.BatchCancelled)
		began := time.Now()
		if err := <-s.ended; !errors.Is(err, ErrCancelled) || time.Since(began) > time.Second {
			t.Errorf("%v after %s", err, time.Since(began))
		}
		if b := r.status(); b.State != queue.BatchCancelled || b.Published != 10 {
			t.Errorf("%+v", b)
		}
		if err := <-r.send(f, SendOptions{}).ended; !errors.Is(err, ErrCancelled) {
			t.Errorf("once more: %v", err)
		}
	})
}

// The batch may be finished before its sender has noted that all is published.
func TestAFinishedBatchIsNoFault(t *testing.T) {
	inVirtualTime(t, func(t *testing.T, r *rig) {
		f := r.file(10)
		s := r.send(f, SendOptions{Ahead: 5})
		time.Sleep(2 * time.Second)
		r.answer(5)
		time.Sleep(2 * time.Second)
		r.answer(5)
		if _, err := r.queue.FinishBatch(t.Context(), r.status()); err != nil {
			t.Fatal(err)
		}
		if err := <-s.ended; err != nil {
			t.Error(err)
		}
		if b := r.status(); b.State != queue.BatchFinished || b.Counts[schema.OutcomeSent] != 10 {
			t.Errorf("%+v", b)
		}
		status, err := Await(t.Context(), r.queue, id, nil)
		if err != nil || status.State != queue.BatchFinished {
			t.Errorf("%+v, %v", status, err)
		}
		if err := <-r.send(f, SendOptions{}).ended; !errors.Is(err, queue.ErrBatchEnded) {
			t.Errorf("once more: %v", err)
		}
	})
}

// What is skipped may be finished meanwhile: the jobs of a paused batch expire.
func TestASkippedRowMayBeFinished(t *testing.T) {
	inVirtualTime(t, func(t *testing.T, r *rig) {
		f := r.file(10)
		if err := <-r.send(f, SendOptions{}).ended; err != nil {
			t.Fatal(err)
		}
		_, err := r.queue.ChangeBatch(t.Context(), id, func(b *queue.Batch) error {
			b.Published, b.LastSeq = 4, 4
			return b.Move(queue.BatchPaused)
		})
		if err != nil {
			t.Fatal(err)
		}
		s := r.send(f, SendOptions{})
		time.Sleep(2 * time.Second)
		r.answer(10)
		if _, err := r.queue.FinishBatch(t.Context(), r.status()); err != nil {
			t.Fatal(err)
		}
		select {
		case err := <-s.ended:
			if err != nil {
				t.Error(err)
			}
		case <-time.After(time.Minute):
			t.Error("it does not end")
			s.stop(errStop)
			t.Log(<-s.ended)
		}
	})
}

func TestPlan(t *testing.T) {
	inVirtualTime(t, func(t *testing.T, r *rig) {
		f := r.file(10)
		if err := <-r.send(f, SendOptions{}).ended; err != nil {
			t.Fatal(err)
		}
		other := schema.Job{ID: "plain", AppID: "other01", Code: f.first(t).Code, To: f.first(t).To}
		if err := r.queue.Publish(t.Context(), schema.LaneBatch, other); err != nil {
			t.Fatal(err)
		}
		p, err := NewPlan(t.Context(), r.queue, f, id)
		if err != nil || p.New || p.Queued != 11 || p.Left() != 0 || p.Batch.Published != 10 {
			t.Errorf("%+v, %v", p, err)
		}
		if p, err := NewPlan(t.Context(), r.queue, f, "monday"); err != nil || !p.New || p.Queued != 11 || p.Left() != 10 {
			t.Errorf("%+v, %v", p, err)
		}
		if _, err := NewPlan(t.Context(), r.queue, r.file(11), id); !errors.Is(err, ErrOtherInput) || !strings.Contains(fmt.Sprint(err), "the file (10 rows there, 11 here)") {
			t.Errorf("another file: %v", err)
		}
	})
}

func (f *File) first(t *testing.T) Job {
	t.Helper()
	return jobs(t, f, id)[0]
}

// A row without a code is not sent without one.
func TestSendNeedsCodes(t *testing.T) {
	inVirtualTime(t, func(t *testing.T, r *rig) {
		f := withCodes(t)
		if err := <-r.send(f, SendOptions{}).ended; err == nil || !strings.Contains(err.Error(), "row 2 has no code") {
			t.Errorf("%v", err)
		}
		codes, err := WriteCodes(t.Context(), t.TempDir()+"/codes.csv", f, id, maker(t), false)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = codes.Close() }()
		if err := <-r.send(f, SendOptions{Codes: codes}).ended; err != nil {
			t.Error(err)
		}
		if got := r.answer(3); len(got) != 3 {
			t.Errorf("%v", got)
		}
	})
}
