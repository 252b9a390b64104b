package queue

import (
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/otpworker/otpworker/schema"
)

// Times that the streams are built on. Jobs live far longer than a code can,
// so that a job whose worker was away ends with an "expired" result and not in
// silence. The ledger outlives every job that could still be sent.
const (
	jobAge      = 24 * time.Hour
	resultAge   = 24 * time.Hour
	deadAge     = 72 * time.Hour
	dedupeFor   = 10 * time.Minute
	resultBytes = 2 << 30
	deadBytes   = 256 << 20
	// consumerAge is how long a consumer is kept that no worker pulls from: as
	// long as its jobs, because it counts their deliveries. Workers drop those
	// of apps that have no jobs.
	consumerAge = jobAge
	// maxConsumers is for apps by the thousand; a server's own limit is 1,000.
	maxConsumers = 50_000
	// MaxAckPending counts the jobs that are with workers or put aside, over
	// all workers; beyond it no new job is given out.
	maxAckPending = 2_000_000
)

// BatchAge is how long the record of a batch is kept after its last change.
const BatchAge = 72 * time.Hour

// LedgerAge is how long the ledger keeps an entry after its last write.
const LedgerAge = 2 * time.Hour

// owner marks what this program made, for people who look at the broker.
var owner = map[string]string{"owner": "otpworker", "schema": schema.Version}

// Streams is the one definition of the streams.
func (c Config) Streams() []jetstream.StreamConfig {
	return []jetstream.StreamConfig{
		{
			Name:         schema.StreamJobs,
			Description:  "one-time-password send jobs waiting for a worker",
			Subjects:     []string{schema.JobSubjects},
			Retention:    jetstream.WorkQueuePolicy,
			Discard:      jetstream.DiscardNew,
			Storage:      jetstream.FileStorage,
			MaxConsumers: maxConsumers,
			MaxBytes:     c.JobBytes,
			MaxAge:       jobAge,
			Duplicates:   dedupeFor,
			Replicas:     c.Replicas,
			Metadata:     owner,
		},
		{
			Name:        schema.StreamResults,
			Description: "one result for each job, one event for each batch that ended",
			Subjects:    []string{schema.ResultSubjects, schema.EventSubjects},
			Retention:   jetstream.LimitsPolicy,
			Discard:     jetstream.DiscardOld,
			Storage:     jetstream.FileStorage,
			MaxBytes:    resultBytes,
			MaxAge:      resultAge,
			Duplicates:  dedupeFor,
			Replicas:    c.Replicas,
			Metadata:    owner,
		},
		{
			Name:        schema.StreamDead,
			Description: "jobs that a person should look at",
			Subjects:    []string{schema.DeadSubjects},
			Retention:   jetstream.LimitsPolicy,
			Discard:     jetstream.DiscardOld,
			Storage:     jetstream.FileStorage,
			MaxBytes:    deadBytes,
			MaxAge:      deadAge,
			Duplicates:  dedupeFor,
			Replicas:    c.Replicas,
			Metadata:    owner,
		},
	}
}

// Consumer is the one definition of the consumers: one for each app of a lane
// and one for each batch, so that none waits behind another. MaxDeliver is unlimited and
// there is no BackOff: the worker counts, and delays, by itself.
func (c Config) Consumer(app App) jetstream.ConsumerConfig {
	description := "workers of the " + string(app.Lane) + " lane, jobs of " + app.ID
	if app.Batch != "" {
		description += ", batch " + app.Batch
	}
	return jetstream.ConsumerConfig{
		Durable:           consumerName(app),
		Description:       description,
		DeliverPolicy:     jetstream.DeliverAllPolicy,
		AckPolicy:         jetstream.AckExplicitPolicy,
		AckWait:           c.AckWait,
		MaxDeliver:        -1,
		MaxAckPending:     maxAckPending,
		FilterSubject:     app.Subject(),
		InactiveThreshold: consumerAge, // replicas are the stream's
		Metadata:          owner,
	}
}

// consumerName has a "=" before a batch, which no id has: "app1-x" may be an app.
func consumerName(app App) string {
	name := "worker-" + string(app.Lane) + "-" + app.ID
	if app.Batch != "" {
		name += "=" + app.Batch
	}
	return name
}

// Ledger is the one definition of the ledger bucket.
func (c Config) Ledger() jetstream.KeyValueConfig {
	return jetstream.KeyValueConfig{
		Bucket:      schema.BucketLedger,
		Description: "which worker has claimed which job; no code, no number",
		History:     1,
		TTL:         LedgerAge,
		Storage:     jetstream.FileStorage,
		Replicas:    c.Replicas,
		Metadata:    owner,
	}
}

// Batches is the one definition of the bucket of batches.
func (c Config) Batches() jetstream.KeyValueConfig {
	return jetstream.KeyValueConfig{
		Bucket:      schema.BucketBatches,
		Description: "the record of each batch; no code, no number",
		History:     1,
		TTL:         BatchAge,
		Storage:     jetstream.FileStorage,
		Replicas:    c.Replicas,
		Metadata:    owner,
	}
}
