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
	cfg.AckWait, cfg.Replicas = 42*time.Second, 3
	filters := map[string]string{}
	for _, c := range cfg.Consumers() {
		filters[c.Durable] = c.FilterSubject
		if c.MaxDeliver != -1 || c.BackOff != nil || c.InactiveThreshold != 0 {
			t.Errorf("%s: the broker would decide about retries: %+v", c.Durable, c)
		}
		if c.AckPolicy != jetstream.AckExplicitPolicy || c.DeliverPolicy != jetstream.DeliverAllPolicy {
			t.Errorf("%s: not every job, or not each confirmed: %+v", c.Durable, c)
		}
		if c.AckWait != 42*time.Second || c.MaxAckPending != 2_000_000 || c.Replicas != 3 {
			t.Errorf("%s: %+v", c.Durable, c)
		}
	}
	if len(filters) != 2 || filters["worker-interactive"] != "otp.v1.job.interactive.>" || filters["worker-batch"] != "otp.v1.job.batch.>" {
		t.Errorf("consumers %v", filters)
	}
}
