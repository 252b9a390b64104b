package bench

import (
	"context"
	"time"
)

const (
	// quietLook is how long the machine is watched at a time, quietShare what
	// it may do meanwhile: the processes of a stage do nothing then.
	quietLook  = time.Second
	quietShare = 0.2
)

// quiet waits until the machine has nothing else to do, or b.Quiet is over.
func (b *Bench) quiet(ctx context.Context) error {
	until := time.Now().Add(b.Quiet)
	for time.Now().Before(until) {
		before, known := machineCPU()
		began := time.Now()
		timer := time.NewTimer(quietLook)
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
			return ctx.Err()
		}
		after, _ := machineCPU()
		if !known || (after-before).Seconds()/time.Since(began).Seconds() < quietShare {
			return nil
		}
	}
	return nil
}
