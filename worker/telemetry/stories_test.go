package telemetry

import (
	"testing"
	"time"

	"github.com/otpworker/otpworker/client/sandbox"
	"github.com/otpworker/otpworker/schema"
)

// A story makes something happen that metrics tell of. All together move each.
type story struct {
	name   string
	change func(*setup)
	tell   func(*testing.T, *rig)
}

var stories = []story{
	{"outcomes", func(s *setup) { s.worker.BreakerFailures = 100 }, func(t *testing.T, r *rig) {
		r.publish(schema.LaneInteractive, job("good", goodNumber), job("refused", number(t, "22", 0)))
		r.await(time.Minute, "good", "refused")
		r.box.SetFault(sandbox.Fault{Status: "-77", Times: 1})
		r.publish(schema.LaneBatch, job("unlisted", goodNumber))
		r.await(2*time.Minute, "unlisted")
		r.box.SetFault(sandbox.Fault{Drop: "after", Times: 1})
		r.publish(schema.LaneInteractive, job("lost", goodNumber))
		r.await(2*time.Minute, "lost")
	}},
	{"an outage", nil, func(t *testing.T, r *rig) {
		r.closeProvider()
		r.publish(schema.LaneInteractive, job("j1", goodNumber))
		time.Sleep(20 * time.Second)
		r.openProvider()
		r.await(time.Minute, "j1")
	}},
}
