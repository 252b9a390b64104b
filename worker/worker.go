package worker

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"github.com/otpworker/otpworker/schema"
	"github.com/otpworker/otpworker/schema/seal"
	"github.com/otpworker/otpworker/worker/pace"
	"github.com/otpworker/otpworker/worker/queue"
)

// A Worker takes jobs from a queue and sends them through a provider.
type Worker struct {
	cfg      Config
	queue    *queue.Queue
	provider Provider
	log      *slog.Logger
	table    table
	schedule schedule
	holds    *holds
	batches  batches
	pace     *pace.Pacer
	inflight *inflight
	// steered: some slots are kept back.
	steered  atomic.Bool
	steering sync.Mutex
	lanes    map[schema.Lane]*lane
	usual    latency
	ledger   *ledger // nil: off
	newest   *newest // nil: newer jobs cancel no older ones
	answers  answers
	seals    atomic.Pointer[seal.Keys] // nil: none
	clock    atomic.Int64
	life     life

	// stopping is closed when pulling ends; settling is the context of the
	// last words to the broker, which outlives the work.
	stopping <-chan struct{}
	settling context.Context
	hands    *hands
}

// New checks the configuration; [Worker.Run] does the work.
func New(cfg Config, q *queue.Queue, p Provider) (*Worker, error) {
	if cfg.Name == "" {
		cfg.Name = defaultName()
	}
	if err := errors.Join(cfg.Validate(), cfg.CheckTimes(q.AckWait())); err != nil {
		return nil, err
	}
	if cfg.Supersede && cfg.NumberKey.IsZero() {
		return nil, errors.New("OTPWORKER_SUPERSEDE: needs Config.NumberKey, as otpworker run has it from OTPWORKER_API_SECRET")
	}
	w := &Worker{
		cfg:      cfg,
		queue:    q,
		provider: p,
		log:      cfg.Logger,
		table:    newTable(cfg.Classify),
		schedule: schedule{initial: cfg.RetryInitial, max: cfg.RetryMax, jitter: cfg.RetryJitter},
		inflight: newInflight(cfg.Slots()),
		hands:    newHands(),
		life:     life{began: time.Now()},
	}
	keys, err := cfg.sealKeys()
	if err != nil {
		return nil, err // which Validate has looked at
	}
	if keys != nil {
		w.useKeys(keys)
	}
	if w.log == nil {
		w.log = slog.New(slog.DiscardHandler)
	}
	w.holds = newHolds(cfg, w.emit)
	w.holds.knock = w.knocks()
	return w, nil
}

func defaultName() string {
	host, err := os.Hostname()
	if err != nil {
		host = "worker"
	}
	return fmt.Sprintf("%s-%d", host, os.Getpid())
}

// ErrAckDenied ends a worker whose acks the broker refuses: it would send each
// job again with every delivery.
var ErrAckDenied = errors.New("stop worker: the broker refuses acks: grant publish on $JS.ACK.OTP_JOBS.> and $JS.ACK.*.*.OTP_JOBS.>")

// errDrained is the cause of calls that are cut off at the end of a stop.
var errDrained = errors.New("drain time is over")

// lastWords is how long settling may take after the work was cut off.
const lastWords = 3 * time.Second

// Run works until ctx ends, and then stops softly: it pulls no more, finishes
// the jobs in hand within the drain time and gives the rest back. It returns
// when nothing of it is left running; the error is ErrAckDenied, or why it could
// not start. Run may be called once.
func (w *Worker) Run(ctx context.Context) error {
	err := w.openPatiently(ctx)
	if ctx.Err() != nil {
		return nil // stopped before it began
	}
	if err != nil {
		return err
	}
	background := context.WithoutCancel(ctx)
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	working, cutOff := context.WithCancelCause(background)
	settling, hush := context.WithCancel(background)
	defer hush()
	w.stopping, w.settling = ctx.Done(), settling

	w.measureSkew(ctx) // before the first expiry is reckoned
	var lanesDone, paced sync.WaitGroup
	paced.Go(func() { w.pace.Run(settling) })
	lanesDone.Go(func() { w.caretake(ctx) })
	lanesDone.Go(func() { w.followBatches(ctx) })
	lanesDone.Go(func() { w.finishBatches(ctx) })
	w.lanes = map[schema.Lane]*lane{
		schema.LaneInteractive: w.newLane(schema.LaneInteractive, w.cfg.InteractiveSlots),
		schema.LaneBatch:       w.newLane(schema.LaneBatch, w.cfg.BatchSlots),
	}
	w.life.works.Store(true)
	lanesDone.Go(func() { w.look(ctx, working, w.lanes) })
	if w.newest != nil {
		lanesDone.Go(func() { w.readAhead(ctx) })
	}
	select {
	case <-ctx.Done():
	case <-w.queue.AckDenied():
		stop(ErrAckDenied)
	}
	w.life.note(&w.life.drains)
	w.log.Info("worker stopping: takes no more jobs, ends those in hand", "drain_ms", w.cfg.DrainTimeout.Milliseconds())
	drain := time.AfterFunc(w.cfg.DrainTimeout, func() { cutOff(errDrained) })
	last := time.AfterFunc(w.cfg.DrainTimeout+lastWords, hush)
	lanesDone.Wait()
	w.hands.end()
	w.holds.knock.out.Wait()
	drain.Stop()
	cutOff(nil)
	last.Stop()
	hush()
	paced.Wait()
	if errors.Is(context.Cause(ctx), ErrAckDenied) {
		return ErrAckDenied
	}
	return nil
}

const (
	// openFor is how long a broker without an answer is waited for at the start:
	// an election passes.
	openFor = time.Minute
	// openTry bounds one try, and openPause is between two.
	openTry   = 10 * time.Second
	openPause = time.Second
)

func (w *Worker) openPatiently(ctx context.Context) error {
	until := time.Now().Add(openFor)
	for {
		try, cancel := context.WithTimeout(ctx, openTry)
		err := w.open(try)
		cancel()
		if err == nil || !queue.Away(err) || time.Now().After(until) {
			return err
		}
		w.log.Warn("broker does not answer, trying on", keyErr, err)
		if sleep(ctx, openPause) != nil {
			return err
		}
	}
}

// open binds the buckets and proves that the queue is there.
func (w *Worker) open(ctx context.Context) error {
	if w.cfg.Ledger == On {
		opened, err := w.queue.Ledger(ctx)
		if err != nil {
			return fmt.Errorf("start worker: %w", err)
		}
		w.ledger = &ledger{w.timedBucket(opened)}
	}
	if _, err := w.queue.Waiting(ctx); err != nil {
		return fmt.Errorf("start worker: %w", err)
	}
	if err := w.openRate(ctx); err != nil {
		return fmt.Errorf("start worker: %w", err)
	}
	w.openNewest(ctx)
	return nil
}
