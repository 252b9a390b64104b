package queue_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/otpworker/otpworker/schema"
)

func (r *rig) publishTo(subjects ...string) {
	r.t.Helper()
	for _, subject := range subjects {
		if _, err := r.js().Publish(r.t.Context(), subject, []byte("{}")); err != nil {
			r.t.Fatal(err)
		}
	}
}

func (r *rig) strays() []*jetstream.RawStreamMsg {
	r.t.Helper()
	strays, err := r.queue.Strays(r.t.Context())
	if err != nil {
		r.t.Fatal(err)
	}
	return strays
}

// Exactly what no app's consumer takes is a stray.
func TestStrays(t *testing.T) {
	lost := []string{
		"otp.v1.job.batch",
		"otp.v1.job.batch.a",
		"otp.v1.job.batch.app1.b=1",
		"otp.v1.job.batch.app1.more.x",
		"otp.v1.job.batches.app1",
		"otp.v1.job.fast.app1",
		"otp.v1.job.interactive",
		"otp.v1.job.interactive.app1.more",
		"otp.v1.job.unknown.a.b",
		"otp.v1.job.x",
	}
	taken := []string{
		"otp.v1.job.batch.app1",
		"otp.v1.job.batch.app1.more",
		"otp.v1.job.interactive.app1",
		"otp.v1.job.interactive.unknown",
	}
	provisioned(t, func(t *testing.T, r *rig) {
		r.publishTo(lost...)
		r.publishTo(taken...)
		r.publishTo(lost[0])
		var got []string
		for _, msg := range r.strays() {
			if stored := r.stored(schema.StreamJobs, msg.Sequence); stored.Subject != msg.Subject || string(msg.Data) != "{}" {
				t.Errorf("%d is %s, not %s", msg.Sequence, stored.Subject, msg.Subject)
			}
			got = append(got, msg.Subject)
		}
		slices.Sort(got)
		if want := append([]string{lost[0]}, lost...); !slices.Equal(got, want) {
			t.Errorf("got %v, want %v", got, want)
		}
		backlog, err := r.queue.Backlog(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for app := range backlog {
			c, err := r.queue.Consumer(t.Context(), app)
			if err != nil {
				t.Fatal(err)
			}
			for _, msg := range fetch(t, c, 10) {
				got = append(got, msg.Subject())
			}
		}
		if len(got) != len(lost)+1+len(taken) {
			t.Errorf("%v is not everything once", got)
		}
	})
}

func TestStraysAtMost100(t *testing.T) {
	provisioned(t, func(t *testing.T, r *rig) {
		for i := range 120 {
			r.publishTo(fmt.Sprintf("otp.v1.job.fast.app%d", i%3))
		}
		seen := map[uint64]bool{}
		for _, want := range []int{100, 20, 0} {
			strays := r.strays()
			if len(strays) != want {
				t.Errorf("%d strays, want %d", len(strays), want)
			}
			for _, msg := range strays {
				if seen[msg.Sequence] {
					t.Errorf("%d seen twice", msg.Sequence)
				}
				seen[msg.Sequence] = true
				if err := r.queue.DropStray(t.Context(), msg.Sequence); err != nil {
					t.Error(err)
				}
			}
		}
		r.holds(schema.StreamJobs, 0)
	})
}

// Two workers can find the same stray.
func TestDropStrayTwice(t *testing.T) {
	provisioned(t, func(t *testing.T, r *rig) {
		r.publishTo("otp.v1.job.fast.app1", "otp.v1.job.fast.app1")
		for range 2 {
			if err := r.queue.DropStray(t.Context(), 1); err != nil {
				t.Error(err)
			}
		}
		if strays := r.strays(); len(strays) != 1 || strays[0].Sequence != 2 {
			t.Errorf("%d strays, want the second only", len(strays))
		}
	})
}

func TestStraysWithoutStream(t *testing.T) {
	inVirtualTime(t, func(t *testing.T, r *rig) {
		if _, err := r.queue.Strays(t.Context()); err == nil {
			t.Error("no error from Strays")
		}
		if err := r.queue.DropStray(t.Context(), 1); err == nil {
			t.Error("no error from DropStray")
		}
	})
}
