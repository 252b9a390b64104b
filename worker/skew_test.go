package worker

import (
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// A clock that is behind the broker's gives a job up earlier by as much; one
// that is ahead gains nothing.
func TestExpiryFollowsTheBrokersClock(t *testing.T) {
	for behind, earlier := range map[time.Duration]time.Duration{5 * time.Second: 5 * time.Second, 0: 0, -5 * time.Second: 0} {
		w := aWorker()
		w.clock.Store(int64(behind))
		d := decoded(jobSubject, `{"id":"j1","appId":"app1","code":"739154","to":"8613800138000"}`, "")
		want := d.expiresAt.Add(-earlier)
		d.msg = fakeMsg{}
		w.read(d)
		if !d.expiresAt.Equal(want) {
			t.Errorf("behind by %s: expires %s after the broker's time", behind, d.expiresAt.Sub(want))
		}
	}
}

// A fakeMsg has no headers and nothing else.
type fakeMsg struct{ jetstream.Msg }

func (fakeMsg) Headers() nats.Header { return nil }
