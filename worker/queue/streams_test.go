package queue_test

import (
	"testing"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/otpworker/otpworker/schema"
	"github.com/otpworker/otpworker/worker/queue"
)

func TestStreams(t *testing.T) {
	cfg := queue.DefaultConfig()
	cfg.JobBytes, cfg.Replicas = 5<<20, 3
	streams := map[string]jetstream.StreamConfig{}
	for _, s := range cfg.Streams() {
		streams[s.Name] = s
		if s.Storage != jetstream.FileStorage || s.Replicas != 3 || s.MaxBytes <= 0 || s.MaxAge <= 0 || s.NoAck {
			t.Errorf("%s: not durable, bounded and confirmed: %+v", s.Name, s)
		}
		if s.Duplicates != 10*time.Minute {
			t.Errorf("%s: duplicates for %s", s.Name, s.Duplicates)
		}
	}
	jobs := streams[schema.StreamJobs]
	if jobs.Retention != jetstream.WorkQueuePolicy || jobs.Discard != jetstream.DiscardNew || jobs.MaxBytes != 5<<20 {
		t.Errorf("jobs could be lost: %+v", jobs)
	}
	if jobs.MaxAge < schema.MaxTTL+cfg.AckWait {
		t.Errorf("jobs vanish after %s, before they can expire", jobs.MaxAge)
	}
	for _, name := range []string{schema.StreamResults, schema.StreamDead} {
		if s := streams[name]; s.Retention != jetstream.LimitsPolicy || s.Discard != jetstream.DiscardOld {
			t.Errorf("%s must take what is new: %+v", name, s)
		}
	}
	if ttl := cfg.Ledger().TTL; ttl < schema.MaxTTL+cfg.AckWait {
		t.Errorf("a claim ends after %s, before its job does", ttl)
	}
}

func TestConsumers(t *testing.T) {
	cfg := queue.DefaultConfig()
	cfg.AckWait = 42 * time.Second
	c := cfg.Consumer(queue.App{Lane: schema.LaneBatch, ID: "app1"})
	if c.Durable != "worker-batch-app1" || c.FilterSubject != "otp.v1.job.batch.app1" {
		t.Errorf("%s of %s", c.Durable, c.FilterSubject)
	}
	if c.MaxDeliver != -1 || c.BackOff != nil {
		t.Errorf("the broker would decide about retries: %+v", c)
	}
	if c.AckPolicy != jetstream.AckExplicitPolicy || c.DeliverPolicy != jetstream.DeliverAllPolicy {
		t.Errorf("not every job, or not each confirmed: %+v", c)
	}
	// A consumer of a work queue has as many copies as its stream: 0.
	if c.AckWait != 42*time.Second || c.MaxAckPending != 2_000_000 || c.Replicas != 0 {
		t.Errorf("%+v", c)
	}
	if c.InactiveThreshold < cfg.Streams()[0].MaxAge {
		t.Errorf("forgotten after %s, while its jobs live: their deliveries would be counted anew", c.InactiveThreshold)
	}
	if limit := cfg.Streams()[0].MaxConsumers; limit < 10_000 {
		t.Errorf("%d consumers: a server's own limit of 1,000 would leave apps out", limit)
	}
}
