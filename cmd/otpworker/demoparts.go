package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"sync"
	"time"

	"github.com/otpworker/otpworker/client"
	"github.com/otpworker/otpworker/client/sandbox"
	"github.com/otpworker/otpworker/schema/redact"
	"github.com/otpworker/otpworker/worker"
	"github.com/otpworker/otpworker/worker/queue"
)

// startWorker runs a worker with waiting times that fit a demo.
func (d *demo) startWorker(ctx context.Context, server *queue.Embedded) (stop func(), err error) {
	qc := queue.DefaultConfig()
	qc.Options = append(qc.Options, server.InProcess())
	q, err := queue.Connect(ctx, qc)
	if err != nil {
		return nil, err
	}
	pc := client.DefaultConfig()
	pc.BaseURL = "http://" + d.address + "/otp"
	pc.APIKey, pc.APISecret = redact.NewSecret(sandbox.DefaultKey), redact.NewSecret(sandbox.DefaultSecret)
	pc.Timeout, pc.Propagate = time.Second, d.tel.Propagate()
	provider, err := client.New(pc)
	if err != nil {
		return nil, errors.Join(err, q.Close())
	}
	cfg := worker.DefaultConfig()
	cfg.Name, cfg.Observe = "demo", d.observe
	cfg.CallTimeout, cfg.Grace = pc.Timeout, 500*time.Millisecond
	cfg.RetryInitial, cfg.RetryInPlace = 200*time.Millisecond, 500*time.Millisecond
	cfg.BreakerOpen, cfg.AccountOpen = time.Second, time.Second
	cfg.AppOpen, cfg.AppOpenMax = 200*time.Millisecond, time.Second
	cfg.DrainTimeout = 2 * time.Second
	if err := q.Provision(ctx); err != nil {
		return nil, errors.Join(err, q.Close())
	}
	w, err := worker.New(d.tel.Attach(cfg), q, provider)
	if err != nil {
		return nil, errors.Join(err, q.Close())
	}
	unwatch, err := d.tel.Watch(w, q, d.ops.collector.Oldest)
	if err != nil {
		return nil, errors.Join(err, q.Close())
	}
	hide := d.ops.watch(ctx, w, q, slog.New(slog.DiscardHandler))
	working, cancel := context.WithCancel(context.WithoutCancel(ctx))
	done := make(chan error, 1)
	go func() { done <- w.Run(working) }()
	return sync.OnceFunc(func() {
		unwatch()
		cancel()
		if err := <-done; err != nil {
			d.view.say("worker: %v", err)
		}
		hide()
		provider.Close()
		_ = q.Close()
	}), nil
}

// observe is called by the worker. The view remembers each job, so it hears of
// the story's only.
func (d *demo) observe(e worker.Event) {
	d.ops.observe(e)
	if !d.told.Load() {
		d.view.observe(e)
	}
}

// openProvider listens on the same address each time.
func (d *demo) openProvider(ctx context.Context) error {
	var lc net.ListenConfig
	listener, err := lc.Listen(ctx, "tcp", d.address)
	if err != nil {
		return fmt.Errorf("start sandbox: %w", err)
	}
	d.address = listener.Addr().String()
	d.served = make(chan error, 1)
	go func() { d.served <- d.box.Serve(listener) }()
	return nil
}

func (d *demo) closeProvider() {
	if d.served == nil {
		return
	}
	if err := errors.Join(d.box.Close(), <-d.served); err != nil {
		d.view.say("sandbox: %v", err)
	}
	d.served = nil
}
