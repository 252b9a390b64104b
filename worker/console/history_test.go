package console

import (
	"context"
	"net/http/httptest"
	"testing"
	"testing/synctest"
	"time"

	"github.com/otpworker/otpworker/schema"
	"github.com/otpworker/otpworker/worker/queue"
	"github.com/otpworker/otpworker/worker/stats"
)

// The plots show the fleet where all workers could be asked, and else what this one
// knows: not nothing.
func TestSamplesOfWhomCouldBeAsked(t *testing.T) {
	for name, tc := range map[string]struct {
		faults []stats.Fault
		want   sample
	}{
		"all":    {nil, sample{queued: 7, fleet: true}},
		"nobody": {[]stats.Fault{{Part: "workers", Err: "no NATS server reachable"}}, sample{queued: 3}},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p, err := New(Config{
					Queue: func() *queue.Queue { return new(queue.Queue) },
					Brief: func() stats.Snapshot {
						return stats.Snapshot{At: time.Now(), Lanes: map[schema.Lane]stats.Lane{schema.LaneBatch: {Queued: 3}}}
					},
					Overview: func(context.Context) (stats.Overview, error) {
						return stats.Overview{At: time.Now(), Lanes: map[schema.Lane]stats.Backlog{schema.LaneBatch: {Jobs: 7}}, Faults: tc.faults}, nil
					},
				})
				if err != nil {
					t.Fatal(err)
				}
				defer p.Close()
				synctest.Wait()
				p.showOverview(httptest.NewRequestWithContext(t.Context(), "GET", "/", nil))
				tc.want.unix = time.Now().Unix()
				if got := p.history.last(time.Now(), 1)[0]; got != tc.want {
					t.Errorf("%+v, want %+v", got, tc.want)
				}
			})
		})
	}
}
