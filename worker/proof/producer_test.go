//go:build unix

package proof_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/otpworker/otpworker/client/sandbox"
	"github.com/otpworker/otpworker/schema"
	"github.com/otpworker/otpworker/schema/redact"
	"github.com/otpworker/otpworker/worker/queue"
)

const (
	// apps share the lanes.
	apps = 25
	// publishers bounds the jobs that wait for their confirmation at once.
	publishers = 8
	longLife   = 15 * time.Minute
	// shortLife ends while a job is held by a worker that is dead or frozen:
	// whoever gets it then must not send it.
	shortLife = 7 * time.Second
)

// A producer publishes jobs at a pace. Each is published under its id until the
// broker has confirmed it, however long that takes.
type producer struct {
	queue *queue.Queue
	box   *sandbox.Sandbox
	plan  plan

	// made counts the jobs begun, confirmed those stored for sure.
	made, confirmed atomic.Int64
	mu              sync.Mutex
	// jobs are the confirmed ones: id to expiry.
	jobs  map[string]time.Time
	ended time.Time
}

// run ends when all jobs are confirmed, when the plan's time is over, or with
// ctx.
func (p *producer) run(ctx context.Context) {
	enough := make(<-chan time.Time)
	if p.plan.length > 0 {
		enough = time.After(p.plan.length)
	}
	next := make(chan int)
	var running sync.WaitGroup
	for range publishers {
		running.Go(func() {
			for n := range next {
				p.publish(ctx, n)
			}
		})
	}
	p.feed(ctx, next, enough)
	close(next)
	running.Wait()
	p.ended = time.Now()
}

func (p *producer) feed(ctx context.Context, next chan<- int, enough <-chan time.Time) {
	ticker := time.NewTicker(time.Second / time.Duration(p.plan.pace))
	defer ticker.Stop()
	for n := range p.plan.jobs {
		select {
		case <-ticker.C:
			next <- n // the publishers end with ctx, so that one is free then
			p.made.Add(1)
		case <-enough:
			return
		case <-ctx.Done():
			return
		}
	}
}

func (p *producer) publish(ctx context.Context, n int) {
	job := p.job(n)
	p.box.Expect(job.ProviderOrderID(), job.ExpiresAt)
	lane := schema.Lanes()[n%len(schema.Lanes())]
	sure := until(ctx, func() bool {
		err := p.queue.Publish(ctx, lane, job)
		return err == nil || errors.Is(err, queue.ErrDuplicate)
	})
	if !sure {
		return
	}
	p.mu.Lock()
	p.jobs[job.ID] = job.ExpiresAt
	p.mu.Unlock()
	p.confirmed.Add(1)
}

// job makes the n-th job. With short lives in the plan every tenth has one.
func (p *producer) job(n int) schema.Job {
	life := longLife
	if p.plan.shortLives && n%10 == 9 {
		life = shortLife
	}
	now := time.Now()
	return schema.Job{
		ID: fmt.Sprintf("%s-%06d", p.plan.name, n), AppID: appOf(n),
		Code: redact.NewCode(fmt.Sprintf("%06d", n)), To: redact.NewPhone(fmt.Sprintf("86138%08d", n)),
		CreatedAt: now, ExpiresAt: now.Add(life),
	}
}

// until asks for a sign until it is there or ctx ends, and reports which.
func until(ctx context.Context, sign func() bool) bool {
	ticker := time.NewTicker(50 * time.Millisecond)
	defer ticker.Stop()
	for {
		if sign() {
			return true
		}
		select {
		case <-ticker.C:
		case <-ctx.Done():
			return false
		}
	}
}

func appOf[N int | int64](n N) string { return fmt.Sprintf("proof-app-%d", n%apps) }
