package queue_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/otpworker/otpworker/schema"
	"github.com/otpworker/otpworker/worker/queue"
)

func verify(c *queue.Config) { c.Provision = queue.ProvisionVerify }

// differences verifies through a connection of its own.
func (r *rig) differences() []string {
	r.t.Helper()
	q := r.connect(verify)
	defer closeQueue(r.t, q)
	err := q.Provision(r.t.Context())
	if err == nil {
		return nil
	}
	d, ok := errors.AsType[*queue.DifferenceError](err)
	if !ok {
		r.t.Fatalf("got %v, want a DifferenceError", err)
	}
	return d.Lines
}

func (r *rig) wantDifferences(want ...string) {
	r.t.Helper()
	if got := r.differences(); !slices.Equal(got, want) {
		r.t.Errorf("got %q, want %q", got, want)
	}
}

func (r *rig) streamNames() []string {
	var names []string
	for name := range r.js().StreamNames(r.t.Context()).Name() {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

func TestProvisionCreatesTwice(t *testing.T) {
	onDisk(t, t.TempDir(), func(t *testing.T, r *rig) {
		r.provision(r.queue)
		r.publish(schema.LaneBatch, job("j1"))
		r.provision(r.queue)
		r.holds(schema.StreamJobs, 1)
		want := []string{"KV_otp_batches", "KV_otp_ledger", "KV_otp_newest", "KV_otp_rate", "OTP_DEAD", "OTP_JOBS", "OTP_RESULTS"}
		if got := r.streamNames(); !slices.Equal(got, want) {
			t.Errorf("streams %v, want %v", got, want)
		}
		r.wantDifferences()
	})
}

func TestProvisionUpdatesWhatDiffers(t *testing.T) {
	provisioned(t, func(t *testing.T, r *rig) {
		q := r.connect(func(c *queue.Config) { c.JobBytes = 3 << 20 })
		defer closeQueue(t, q)
		r.provision(q)
		stream, err := r.js().Stream(t.Context(), schema.StreamJobs)
		if err != nil {
			t.Fatal(err)
		}
		if got := stream.CachedInfo().Config.MaxBytes; got != 3<<20 {
			t.Errorf("MaxBytes is %d", got)
		}
	})
}

func TestProvisionReportsWhatItCannotChange(t *testing.T) {
	inVirtualTime(t, func(t *testing.T, r *rig) {
		cfg := queue.DefaultConfig().Streams()[0]
		cfg.Retention = jetstream.LimitsPolicy
		r.createStream(cfg)
		err := r.queue.Provision(t.Context())
		if _, ok := errors.AsType[*jetstream.APIError](err); !ok {
			t.Errorf("got %v, want the broker's refusal", err)
		}
	})
}

func TestProvisionOffDoesNothing(t *testing.T) {
	inVirtualTime(t, func(t *testing.T, r *rig) {
		q := r.connect(func(c *queue.Config) { c.Provision = queue.ProvisionOff })
		defer closeQueue(t, q)
		r.provision(q)
		if got := r.streamNames(); got != nil {
			t.Errorf("created %v", got)
		}
	})
}

func TestVerifyMissing(t *testing.T) {
	inVirtualTime(t, func(t *testing.T, r *rig) {
		r.wantDifferences(
			"stream OTP_JOBS: missing",
			"stream OTP_RESULTS: missing",
			"stream OTP_DEAD: missing",
			"bucket otp_ledger: missing",
			"bucket otp_batches: missing", "bucket otp_rate: missing", "bucket otp_newest: missing",
		)
		if got := r.streamNames(); got != nil {
			t.Errorf("created %v", got)
		}
	})
}

func TestVerifyOneMissing(t *testing.T) {
	for want, remove := range map[string]func(*rig) error{
		"stream OTP_DEAD: missing":    func(r *rig) error { return r.js().DeleteStream(r.t.Context(), schema.StreamDead) },
		"bucket otp_ledger: missing":  func(r *rig) error { return r.js().DeleteKeyValue(r.t.Context(), schema.BucketLedger) },
		"bucket otp_rate: missing":    func(r *rig) error { return r.js().DeleteKeyValue(r.t.Context(), schema.BucketRate) },
		"bucket otp_newest: missing":  func(r *rig) error { return r.js().DeleteKeyValue(r.t.Context(), schema.BucketNewest) },
		"bucket otp_batches: missing": func(r *rig) error { return r.js().DeleteKeyValue(r.t.Context(), schema.BucketBatches) },
	} {
		t.Run(want, func(t *testing.T) {
			provisioned(t, func(t *testing.T, r *rig) {
				if err := remove(r); err != nil {
					t.Fatal(err)
				}
				r.wantDifferences(want)
			})
		})
	}
}

func (r *rig) createStream(cfg jetstream.StreamConfig) {
	r.t.Helper()
	if _, err := r.js().CreateStream(r.t.Context(), cfg); err != nil {
		r.t.Fatal(err)
	}
}

// changeStream makes the job stream what an operator could have made it.
func (r *rig) changeStream(change func(*jetstream.StreamConfig)) {
	r.t.Helper()
	cfg := queue.DefaultConfig().Streams()[0]
	change(&cfg)
	if err := r.js().DeleteStream(r.t.Context(), cfg.Name); err != nil {
		r.t.Fatal(err)
	}
	r.createStream(cfg)
}

// changeConsumer does so with the consumer of an app that has a job.
func (r *rig) changeConsumer(change func(*jetstream.ConsumerConfig)) {
	r.t.Helper()
	r.publish(schema.LaneBatch, job("j1"))
	cfg := queue.DefaultConfig().Consumer(queue.App{Lane: schema.LaneBatch, ID: "app1"})
	change(&cfg)
	r.createConsumer(cfg)
}

func (r *rig) createConsumer(cfg jetstream.ConsumerConfig) {
	r.t.Helper()
	if _, err := r.js().CreateConsumer(r.t.Context(), schema.StreamJobs, cfg); err != nil {
		r.t.Fatal(err)
	}
}

func TestVerifyStream(t *testing.T) {
	for want, change := range map[string]func(*jetstream.StreamConfig){
		`stream OTP_JOBS: discard is "old", want "new"`:                                                     func(c *jetstream.StreamConfig) { c.Discard = jetstream.DiscardOld },
		`stream OTP_JOBS: storage is "memory", want "file"`:                                                 func(c *jetstream.StreamConfig) { c.Storage = jetstream.MemoryStorage },
		`stream OTP_JOBS: duplicate_window is 1m0s, want 10m0s`:                                             func(c *jetstream.StreamConfig) { c.Duplicates = time.Minute },
		`stream OTP_JOBS: subjects is ["otp.v1.job.>","more"], want ["otp.v1.job.>"]`:                       func(c *jetstream.StreamConfig) { c.Subjects = append(c.Subjects, "more") },
		`stream OTP_JOBS: max_age is 1h0m0s, want at least 2h0m0s: a job must not vanish before its result`: func(c *jetstream.StreamConfig) { c.MaxAge = time.Hour },
		`stream OTP_JOBS: max_msgs_per_subject is 1, want none`:                                             func(c *jetstream.StreamConfig) { c.MaxMsgsPerSubject = 1 },
		`stream OTP_JOBS: no_ack is true, want none`:                                                        func(c *jetstream.StreamConfig) { c.NoAck = true },
		`stream OTP_JOBS: subject_transform is {"dest":"x.>","src":""}, want none`: func(c *jetstream.StreamConfig) {
			c.SubjectTransform = &jetstream.SubjectTransformConfig{Destination: "x.>"}
		},
	} {
		t.Run(want, func(t *testing.T) {
			provisioned(t, func(t *testing.T, r *rig) {
				r.changeStream(change)
				r.wantDifferences(want)
				r.wantDifferences(want) // verifying mended nothing
			})
		})
	}
}

// With another retention the consumers still fit: only one line may differ.
func TestVerifyRetention(t *testing.T) {
	provisioned(t, func(t *testing.T, r *rig) {
		r.changeStream(func(c *jetstream.StreamConfig) { c.Retention = jetstream.InterestPolicy })
		r.wantDifferences(`stream OTP_JOBS: retention is "interest", want "workqueue"`)
	})
}

func TestVerifyConsumer(t *testing.T) {
	for want, change := range map[string]func(*jetstream.ConsumerConfig){
		"consumer worker-batch-app1: ack_wait is 10s, want 30s":                                               func(c *jetstream.ConsumerConfig) { c.AckWait = 10 * time.Second },
		"consumer worker-batch-app1: max_deliver is 5, want -1":                                               func(c *jetstream.ConsumerConfig) { c.MaxDeliver = 5 },
		"consumer worker-batch-app1: max_ack_pending is 1000, want 2000000":                                   func(c *jetstream.ConsumerConfig) { c.MaxAckPending = 1000 },
		`consumer worker-batch-app1: filter_subject is "otp.v1.job.batch.app2", want "otp.v1.job.batch.app1"`: func(c *jetstream.ConsumerConfig) { c.FilterSubject = "otp.v1.job.batch.app2" },
		"consumer worker-batch-app1: headers_only is true, want none":                                         func(c *jetstream.ConsumerConfig) { c.HeadersOnly = true },
	} {
		t.Run(want, func(t *testing.T) {
			provisioned(t, func(t *testing.T, r *rig) {
				r.changeConsumer(change)
				r.wantDifferences(want)
				r.wantDifferences(want)
			})
		})
	}
}

// A paused consumer looks right and delivers nothing.
func TestVerifyPausedConsumer(t *testing.T) {
	provisioned(t, func(t *testing.T, r *rig) {
		until := time.Now().Add(time.Hour)
		r.changeConsumer(func(c *jetstream.ConsumerConfig) { c.PauseUntil = &until })
		r.wantDifferences("consumer worker-batch-app1: paused for 1h0m0s, want none")
	})
}

func TestVerifyBucket(t *testing.T) {
	for want, change := range map[string]func(*jetstream.KeyValueConfig){
		"bucket otp_ledger: ttl is 1h0m0s, want at least 2h0m0s": func(c *jetstream.KeyValueConfig) { c.TTL = time.Hour },
		"bucket otp_ledger: history is 5, want 1":                func(c *jetstream.KeyValueConfig) { c.History = 5 },
	} {
		t.Run(want, func(t *testing.T) {
			provisioned(t, func(t *testing.T, r *rig) {
				cfg := queue.DefaultConfig().Ledger()
				change(&cfg)
				if _, err := r.js().UpdateKeyValue(t.Context(), cfg); err != nil {
					t.Fatal(err)
				}
				r.wantDifferences(want)
			})
		})
	}
}

// What an operator may set as they like is no difference.
func TestVerifyLeavesTheOperatorsChoice(t *testing.T) {
	provisioned(t, func(t *testing.T, r *rig) {
		r.changeStream(func(c *jetstream.StreamConfig) {
			c.Description, c.MaxBytes, c.MaxAge, c.MaxMsgSize = "mine", 1<<20, 3*time.Hour, 9000
			c.Metadata = map[string]string{"owner": "me"}
		})
		r.changeConsumer(func(c *jetstream.ConsumerConfig) {
			c.Description, c.Metadata, c.AckWait, c.MaxAckPending = "mine", nil, time.Minute, -1
		})
		r.wantDifferences()
	})
}

func TestDifferenceErrorText(t *testing.T) {
	err := &queue.DifferenceError{Lines: []string{"stream A: missing", "consumer B: missing"}}
	want := "streams differ from what otpworker needs:\n  stream A: missing\n  consumer B: missing"
	if err.Error() != want {
		t.Errorf("got %s", err)
	}
}
