package queue_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/otpworker/otpworker/schema"
	"github.com/otpworker/otpworker/worker/queue"
)

// The ledger is asked by the job's id, whatever app it is of: two apps may use the
// same.
func TestFindEntries(t *testing.T) {
	provisioned(t, func(t *testing.T, r *rig) {
		ledger, err := r.queue.Ledger(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for _, key := range []string{"app1.a", "app2.a", "app1.b", "app1.a-b"} {
			if err := ledger.Set(t.Context(), key, []byte(key)); err != nil {
				t.Fatal(err)
			}
		}
		for _, tc := range []struct {
			job, app string
			want     []string
		}{
			{"a", "", []string{"app1 app1.a", "app2 app2.a"}}, {"a", "app2", []string{"app2 app2.a"}},
			{"b", "", []string{"app1 app1.b"}}, {"c", "", nil}, {"a", "app3", nil},
		} {
			entries, err := r.queue.FindEntries(t.Context(), tc.job, tc.app)
			var got []string
			for _, e := range entries {
				got = append(got, e.AppID+" "+string(e.Value))
				if e.At.IsZero() {
					t.Errorf("%s has no time", e.Value)
				}
			}
			if diff := cmp.Diff(tc.want, got); diff != "" || err != nil {
				t.Errorf("%s of %q: %v\n%s", tc.job, tc.app, err, diff)
			}
		}
	})
}

func TestFindEntriesIsBounded(t *testing.T) {
	provisioned(t, func(t *testing.T, r *rig) {
		ledger, err := r.queue.Ledger(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for i := range 25 {
			if err := ledger.Set(t.Context(), fmt.Sprintf("app%d.a", i), []byte("{}")); err != nil {
				t.Fatal(err)
			}
		}
		if entries, err := r.queue.FindEntries(t.Context(), "a", ""); len(entries) != 20 || err != nil {
			t.Errorf("%d entries, %v", len(entries), err)
		}
	})
}

func TestFindQueued(t *testing.T) {
	provisioned(t, func(t *testing.T, r *rig) {
		other := job("a")
		other.AppID = "app2"
		r.publish(schema.LaneInteractive, job("b"), job("a"))
		time.Sleep(30 * time.Minute) // a repeated id is a repeated job for a while
		r.publish(schema.LaneBatch, other, job("c"))
		for _, tc := range []struct {
			job, app string
			want     []string
		}{
			{"a", "", []string{"interactive app1", "batch app2"}}, {"a", "app1", []string{"interactive app1"}},
			{"c", "app1", []string{"batch app1"}}, {"c", "app2", nil}, {"d", "", nil},
		} {
			found, all, err := r.queue.FindQueued(t.Context(), tc.job, tc.app)
			var got []string
			for _, f := range found {
				got = append(got, string(f.Lane)+" "+f.AppID)
			}
			if diff := cmp.Diff(tc.want, got); diff != "" || err != nil || !all {
				t.Errorf("%s of %q: all %t, %v\n%s", tc.job, tc.app, all, err, diff)
			}
		}
	})
}

// A long queue is looked at from its oldest job on, and it is said that there is
// more.
func TestFindQueuedIsBounded(t *testing.T) {
	provisioned(t, func(t *testing.T, r *rig) {
		defer queue.SearchFew(3)()
		for i := range 5 {
			r.publish(schema.LaneInteractive, job(fmt.Sprint("j", i)))
		}
		for id, found := range map[string]int{"j2": 1, "j3": 0} {
			if got, all, err := r.queue.FindQueued(t.Context(), id, ""); len(got) != found || all || err != nil {
				t.Errorf("%s: %d, all %t, %v", id, len(got), all, err)
			}
		}
	})
}
