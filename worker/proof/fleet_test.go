//go:build unix

package proof_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"syscall"
	"testing"
	"time"
)

// A fleet is the workers that run.
type fleet struct {
	t         *testing.T
	processes *processes
	model     role

	freezing sync.WaitGroup
	mu       sync.Mutex
	made     int
	awake    []*process
}

func (f *fleet) add() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.made++
	r := f.model
	r.Name = fmt.Sprintf("w%d", f.made)
	p, err := f.processes.start(r)
	if err != nil {
		f.t.Errorf("start %s: %v", r.Name, err)
		return
	}
	f.awake = append(f.awake, p)
}

// take takes a random worker out; nil if all are frozen.
func (f *fleet) take(rng *rand.Rand) *process {
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(f.awake) == 0 {
		return nil
	}
	i := rng.IntN(len(f.awake))
	p := f.awake[i]
	f.awake = slices.Delete(f.awake, i, i+1)
	return p
}

// killOne is kill -9 of a random worker, which is replaced at once.
func (f *fleet) killOne(rng *rand.Rand) {
	if p := f.take(rng); p != nil {
		p.kill()
		f.add()
	}
}

// freezeOne is SIGSTOP of a random worker and SIGCONT after d. It waits for one
// that is awake, and not for its waking up.
func (f *fleet) freezeOne(ctx context.Context, rng *rand.Rand, d time.Duration) {
	var p *process
	if !until(ctx, func() bool { p = f.take(rng); return p != nil }) {
		return
	}
	p.signal(syscall.SIGSTOP)
	f.freezing.Go(func() {
		pause(ctx, d)
		p.signal(syscall.SIGCONT)
		f.mu.Lock()
		defer f.mu.Unlock()
		f.awake = append(f.awake, p)
	})
}
