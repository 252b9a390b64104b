package bench

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/nats-io/nats.go/jetstream"
	"github.com/nats-io/nuid"

	"github.com/otpworker/otpworker/client/sandbox"
	"github.com/otpworker/otpworker/schema"
	"github.com/otpworker/otpworker/worker/queue"
)

const (
	// setUpTime bounds what is done around the measured time, one by one.
	setUpTime = 30 * time.Second
	// publishAhead is how many jobs may wait for their confirmation.
	publishAhead = 4096
	// jobRoom is for a backlog of the largest size.
	jobRoom = 16 << 30
)

// A stage is the fresh servers and streams of one measurement.
type stage struct {
	cfg        Config
	dir        string   // of the embedded server; empty: a given one
	nats       *process // nil: a given one
	box        *process
	contenders []*process
	link       link
	queue      *queue.Queue
	js         jetstream.JetStream
	run        run
	// made says that the streams are ours to remove.
	made bool
}

// stage sets up all but the jobs. The caller ends it, whatever the error.
func (b *Bench) stage(ctx context.Context, cfg Config, jobs int) (*stage, error) {
	b.measured++
	b.under = string(cfg.Contender)
	s := &stage{cfg: cfg, run: run{id: "b" + strings.ToLower(nuid.Next()[16:]), apps: cfg.Apps, expiresAt: time.Now().Add(schema.MaxTTL).UTC()}}
	err := s.openNATS(ctx, b)
	if err == nil {
		err = s.makeStreams(ctx, b.given())
	}
	if err == nil {
		s.box, err = b.start(ctx, "sandbox", role{Sandbox: &sandboxRole{Latency: cfg.Latency, Sends: jobs}})
	}
	if err == nil {
		_, err = s.box.ask(ctx, request{Do: doExpect, Expect: &expectation{Run: s.run.id, Jobs: jobs, ExpiresAt: s.run.expiresAt}})
	}
	for i := 0; err == nil && i < cfg.Processes; i++ {
		name := fmt.Sprintf("%s-%d", cfg.Contender, i+1)
		var p *process
		p, err = b.start(ctx, name, role{Contender: &contenderRole{Name: name, Config: cfg, NATS: s.link, Provider: s.box.url}})
		if err == nil {
			s.contenders = append(s.contenders, p)
		}
	}
	return s, err
}

func (s *stage) openNATS(ctx context.Context, b *Bench) (err error) {
	if b.given() {
		s.link = linkOf(b.Queue)
	} else {
		if s.dir, err = os.MkdirTemp("", "otpworker-bench-"); err != nil {
			return err
		}
		if s.nats, err = b.start(ctx, "nats", role{NATS: &natsRole{Dir: s.dir, Sync: s.cfg.Sync}}); err != nil {
			return err
		}
		own := queue.DefaultConfig()
		own.URL, own.JobBytes = s.nats.url, jobRoom
		s.link = linkOf(own)
	}
	s.queue, _, s.js, err = connect(ctx, s.link.config("bench"), jetstream.WithPublishAsyncMaxPending(publishAhead))
	return err
}

// makeStreams refuses a given NATS that has any of the streams: even empty ones
// have workers that look for jobs, and their provider is a real one.
func (s *stage) makeStreams(ctx context.Context, given bool) error {
	ctx, cancel := context.WithTimeout(ctx, setUpTime)
	defer cancel()
	if given {
		if err := s.refuseOurs(ctx); err != nil {
			return err
		}
	}
	s.made = true
	return s.queue.Provision(ctx)
}

// stats are what the sandbox has counted.
func (s *stage) stats(ctx context.Context) (sandbox.Stats, error) {
	a, err := s.box.ask(ctx, request{Do: doStats})
	if err != nil {
		return sandbox.Stats{}, err
	}
	if a.Stats == nil {
		return sandbox.Stats{}, errors.New("ask for stats of sandbox: it gave none")
	}
	return *a.Stats, nil
}

// end takes the stage down and leaves nothing behind, also after an interrupt.
func (s *stage) end(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), setUpTime)
	defer cancel()
	for _, p := range append(s.contenders, s.box) {
		if p != nil {
			p.kill()
		}
	}
	var faults []error
	if s.queue != nil {
		if s.made && s.nats == nil {
			faults = append(faults, s.dropStreams(ctx))
		}
		_ = s.queue.Close()
	}
	if s.nats != nil {
		s.nats.kill()
	}
	if s.dir != "" {
		faults = append(faults, os.RemoveAll(s.dir))
	}
	return errors.Join(faults...)
}
