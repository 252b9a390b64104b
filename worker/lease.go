package worker

import "time"

// leaseMargin is how much earlier than the broker we consider a delivery lost.
const leaseMargin = 2 * time.Second

// claimTime is what a delivery needs beside its call: a slot, a claim.
const claimTime = time.Second

// leased says that the delivery is surely ours for so long still.
func (d *delivery) leased(length time.Duration) bool { return !past(d.lease.Add(-length)) }

// past says that t has come by either clock: the monotonic one stands still
// while the machine is suspended, the wall clock can be set back.
func past(t time.Time) bool {
	now := time.Now()
	return !now.Before(t) || !now.Round(0).Before(t.Round(0))
}
