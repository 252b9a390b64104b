package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"sync/atomic"
	"syscall"

	"github.com/otpworker/otpworker/worker"
	"github.com/otpworker/otpworker/worker/console"
	"github.com/otpworker/otpworker/worker/ops"
	"github.com/otpworker/otpworker/worker/queue"
	"github.com/otpworker/otpworker/worker/stats"
)

const (
	defaultHTTP = "127.0.0.1:8081"
	httpOff     = "off"
)

// An operator is the side of a worker that operators see: what it counts, and
// the port that shows it. It is there before the queue is, which may be waited
// for.
type operator struct {
	collector *stats.Collector
	queue     atomic.Pointer[queue.Queue]
	overviews *stats.Shared
	port      *ops.Server   // nil: none
	page      *console.Page // nil: none
}

func newOperator() *operator {
	return &operator{collector: stats.NewCollector(version()), overviews: stats.NewShared()}
}

// openOperator opens the port. One that is taken ends the worker only if it was
// chosen: a second worker on this machine goes on without the usual one.
func openOperator(ctx context.Context, l local, metrics http.Handler, log *slog.Logger) (*operator, error) {
	o := newOperator()
	if l.HTTP == httpOff {
		return o, nil
	}
	err := o.listen(ctx, ops.Config{Addr: l.HTTP, Hosts: l.HTTPHosts, Metrics: metrics}, console.Config{Token: l.HTTPToken, Log: log})
	switch {
	case err == nil:
		log.Info("operator's port opened", "url", "http://"+o.port.Addr()+"/")
	case l.HTTP == defaultHTTP && errors.Is(err, syscall.EADDRINUSE):
		log.Warn("operator's port not opened, working without it", "err", err,
			"mend", "set "+envPrefix+"HTTP to another address, or to "+httpOff)
	default:
		return nil, fmt.Errorf("%w\nSet %sHTTP to another address, or to %s", err, envPrefix, httpOff)
	}
	return o, nil
}

// listen opens the port, with the page on it.
func (o *operator) listen(ctx context.Context, port ops.Config, cfg console.Config) error {
	cfg.Brief, cfg.Overview, cfg.Queue = o.collector.Brief, o.overview, o.queue.Load
	page, err := console.New(cfg)
	if err != nil {
		return err
	}
	port.Snapshot, port.Overview, port.Page = o.collector.Snapshot, o.overview, page
	o.port, err = ops.Listen(ctx, port)
	if err != nil {
		page.Close()
		return err
	}
	o.page = page
	return nil
}

func (o *operator) close() {
	if o.port != nil {
		_ = o.port.Close() // the worker has ended, and so has who might have asked
		o.page.Close()
	}
}

var errNoQueueYet = errors.New("no connection to the queue yet")

func (o *operator) overview(ctx context.Context) (stats.Overview, error) {
	q := o.queue.Load()
	if q == nil {
		return stats.Overview{}, errNoQueueYet
	}
	return o.overviews.Look(ctx, q)
}

// observe takes an event of the worker in.
func (o *operator) observe(e worker.Event) {
	o.collector.Observe(e)
	if o.page != nil {
		o.page.Observe(e)
	}
}

// watch shows a worker, here and to others, until hide is called.
func (o *operator) watch(ctx context.Context, w *worker.Worker, q *queue.Queue, log *slog.Logger) (hide func()) {
	o.collector.Watch(w)
	return o.show(ctx, q, w.Name(), log)
}

// show lets others see the worker, until hide is called.
func (o *operator) show(ctx context.Context, q *queue.Queue, worker string, log *slog.Logger) (hide func()) {
	o.queue.Store(q)
	leave, err := q.Announce(ctx, queue.Presence{
		Version:  version(),
		Metadata: map[string]string{"worker": worker, "version": version()},
		Brief:    func() any { return o.collector.Brief() },
		Whole:    func() any { return o.collector.Snapshot() },
	})
	if err != nil {
		leave = func() {}
		level := slog.LevelWarn
		if errors.Is(err, queue.ErrForbidden) {
			level = slog.LevelDebug // the self-check has said it, with the mend
		}
		log.Log(ctx, level, "worker is not shown to nats micro and otpworker top", "err", err)
	}
	looking, stop := context.WithCancel(context.WithoutCancel(ctx))
	looked := make(chan struct{})
	go func() {
		defer close(looked)
		o.collector.LookForOldest(looking, q)
	}()
	return func() {
		stop()
		<-looked
		leave()
	}
}
