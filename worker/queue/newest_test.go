package queue_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"

	"github.com/otpworker/otpworker/schema"
	"github.com/otpworker/otpworker/worker/queue"
)

func openNewest(t *testing.T, q *queue.Queue) *queue.Newest {
	t.Helper()
	n, err := q.Newest(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// An entry is written over the one that its writer knew, and over no other.
func TestNewest(t *testing.T) {
	provisioned(t, func(t *testing.T, r *rig) {
		n := openNewest(t, r.queue)
		get := func() queue.Listed {
			t.Helper()
			l, err := n.Get(t.Context(), "app1.k")
			if err != nil {
				t.Fatal(err)
			}
			return l
		}
		if l := get(); l != (queue.Listed{}) {
			t.Errorf("nothing is %+v", l)
		}
		if err := n.Put(t.Context(), "app1.k", queue.Listed{Seq: 7, JobID: "j-7"}); err != nil {
			t.Fatal(err)
		}
		l := get()
		if l.Seq != 7 || l.JobID != "j-7" || l.Revision != 1 || time.Since(l.At).Abs() > time.Second {
			t.Errorf("got %+v", l)
		}
		if err := n.Put(t.Context(), "app1.k", queue.Listed{Seq: 9, JobID: "j9"}); !errors.Is(err, queue.ErrChanged) {
			t.Errorf("over none: %v", err)
		}
		if err := n.Put(t.Context(), "app1.k", queue.Listed{Seq: 9, JobID: "j9", Revision: 1}); err != nil {
			t.Error(err)
		}
		if err := n.Put(t.Context(), "app1.k", queue.Listed{Seq: 8, JobID: "j8", Revision: 1}); !errors.Is(err, queue.ErrChanged) {
			t.Errorf("over an old one: %v", err)
		}
		if l := get(); l.Seq != 9 || l.JobID != "j9" {
			t.Errorf("got %+v", l)
		}
		kv, err := r.js().KeyValue(t.Context(), schema.BucketNewest)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := kv.PutString(t.Context(), "app1.k", "what?"); err != nil {
			t.Fatal(err)
		}
		if l := get(); l != (queue.Listed{Revision: 3}) {
			t.Errorf("what cannot be read is %+v", l)
		}
	})
}

// It is known for longer than any job lives, and not for ever.
func TestNewestIsForgotten(t *testing.T) {
	if age := queue.DefaultConfig().Newest().TTL; age <= schema.MaxTTL || age > 2*schema.MaxTTL {
		t.Errorf("kept for %s, jobs for %s", age, schema.MaxTTL)
	}
}

// Ahead reads what waits, in order, and takes nothing.
func TestAhead(t *testing.T) {
	provisioned(t, func(t *testing.T, r *rig) {
		r.publish(schema.LaneInteractive, job("j1"))
		r.publish(schema.LaneBatch, job("j2"))
		r.publish(schema.LaneInteractive, job("j3"))
		var seen []uint64
		for from := uint64(1); ; {
			msg, err := r.queue.Ahead(t.Context(), schema.LaneSubjects(schema.LaneInteractive), from)
			if err != nil {
				t.Fatal(err)
			}
			if msg == nil {
				break
			}
			seen, from = append(seen, msg.Sequence), msg.Sequence+1
		}
		if !slices.Equal(seen, []uint64{1, 3}) {
			t.Errorf("read %v", seen)
		}
		r.holds(schema.StreamJobs, 3)
	})
}

// With these rights and no more a worker lists jobs and reads ahead. One that does
// neither is not given them.
func TestRightsForNewest(t *testing.T) {
	withUsers(t, &server.Options{}, []*server.User{user("worker", needed...)}, func(t *testing.T, as func(string, func(*queue.Config)) *queue.Queue) {
		var trouble []error
		q := as("worker", func(c *queue.Config) { c.OnTrouble = func(err error) { trouble = append(trouble, err) } })
		n := openNewest(t, q)
		if err := n.Put(t.Context(), "app1.k", queue.Listed{Seq: 7, JobID: "j7"}); err != nil {
			t.Error(err)
		}
		if l, err := n.Get(t.Context(), "app1.k"); err != nil || l.Seq != 7 {
			t.Errorf("%+v, %v", l, err)
		}
		if msg, err := q.Ahead(t.Context(), schema.LaneSubjects(schema.LaneInteractive), 1); err != nil || msg != nil {
			t.Errorf("%v, %v", msg, err)
		}
		closeQueue(t, q)
		if len(trouble) > 0 {
			t.Errorf("trouble: %v", trouble)
		}
	})
	unused := use
	unused.Supersede = false
	for _, role := range queue.DefaultConfig().Roles(unused) {
		for _, subject := range role.Publish {
			if strings.Contains(subject, schema.BucketNewest) && !strings.HasPrefix(subject, "$JS.API.STREAM.") {
				t.Errorf("%s may publish to %s", role.Name, subject)
			}
		}
	}
}
