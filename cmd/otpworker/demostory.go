package main

import (
	"context"
	"time"

	"github.com/otpworker/otpworker/worker/queue"
)

// play is the story.
func (d *demo) play(ctx context.Context, url string) error {
	d.view.say("page http://%s/ · to act there give the token %s", d.ops.port.Addr(), d.token)
	d.view.say("queue %s on disk · provider http://%s/otp · one worker", url, d.address)
	jobs, err := readDemoJobs()
	if err != nil {
		return err
	}
	d.view.chapter("An app publishes %d jobs, one for each answer the provider can give", len(jobs))
	if err := d.publish(ctx, jobs); err != nil {
		return err
	}
	if err := d.view.await(ctx, len(jobs)); err != nil {
		return err
	}
	d.view.chapter("The provider goes down, and the app publishes %d more", outageJobs)
	d.closeProvider()
	more := manyJobs(outageJobs)
	if err := d.publish(ctx, more); err != nil {
		return err
	}
	if err := d.view.awaitOpen(ctx); err != nil {
		return err
	}
	if err := pause(ctx, outageTime); err != nil {
		return err
	}
	if err := d.queueLeft(ctx); err != nil {
		return err
	}
	if err := d.openProvider(ctx); err != nil {
		return err
	}
	d.view.say("the provider is back")
	if err := d.view.await(ctx, len(jobs)+len(more)); err != nil {
		return err
	}
	// A second result can only come before the worker has ended.
	if !d.stay {
		d.stopWorker()
	}
	results, err := countResults(ctx, d.app)
	if err != nil {
		return err
	}
	if err := d.view.summary(append(jobs, more...), results, d.box.Stats()); err != nil || !d.stay {
		return err
	}
	d.told.Store(true)
	d.view.chapter("The parts go on: the page is at http://%s/, ctrl-c ends them", d.ops.port.Addr())
	<-ctx.Done()
	return nil
}

// countResults reads the stream as any app does: what the worker says of itself
// proves nothing.
func countResults(ctx context.Context, app *queue.Queue) (map[string]int, error) {
	results := map[string]int{}
	for result, err := range app.Results(ctx, queue.Follow{Once: true}) {
		if err != nil {
			return nil, err
		}
		results[result.JobID]++
	}
	return results, ctx.Err()
}

func (d *demo) queueLeft(ctx context.Context) error {
	left, err := d.app.Waiting(ctx)
	if err == nil {
		d.view.say("%d jobs wait in the queue, the breaker is open, nothing is lost", left)
	}
	return err
}

func pause(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
