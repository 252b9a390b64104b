package queue

import (
	"slices"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/otpworker/otpworker/schema"
)

// A Role is one kind of user of the broker and the least that it needs there.
type Role struct {
	// Name is worker, console, app, batch or operator.
	Name string
	// About says what the role is for.
	About string
	// Inbox is the prefix of its inboxes: OTPWORKER_INBOX_PREFIX. Each role has
	// its own, because jobs come to a worker's.
	Inbox string
	// Publish and Subscribe are the subjects to allow, with wildcards, as in the
	// server's configuration. Everything else is refused.
	Publish, Subscribe []string
}

// Roles lists the roles and their rights. The worker's are what
// [Queue.Check] looks for, and what it needs to look.
func (c Config) Roles(use Use) []Role {
	q := &Queue{cfg: c}
	return []Role{
		role("worker", "takes jobs, answers them, claims sends", q.workerRights(use), "$SRV.>", schema.FleetSubjects),
		role("console", "a worker whose page shows dead letters and results too, and works on them", q.consoleRights(use), "$SRV.>", schema.FleetSubjects),
		role("app", "sends interactive jobs and hears of their results", []string{schema.LaneSubjects(schema.LaneInteractive)}, schema.ReplySubjects),
		role("batch", "sends jobs of the batch lane and reads results", q.batchRights(), schema.ReplySubjects),
		role(roleOperator, "keeps the streams, reads results, works on dead letters, sees the workers", q.operatorRights(), schema.FleetAnswerSubjects),
	}
}

func role(name, about string, publish []string, subscribe ...string) Role {
	inbox := inboxOf(name)
	return Role{Name: name, About: about, Inbox: inbox, Publish: distinct(publish), Subscribe: append([]string{inbox + ".>"}, subscribe...)}
}

const roleOperator = "operator"

func inboxOf(role string) string { return "_INBOX_" + role }

// distinct keeps the first of each.
func distinct(subjects []string) (kept []string) {
	for _, s := range subjects {
		if !slices.Contains(kept, s) {
			kept = append(kept, s)
		}
	}
	return kept
}

func (q *Queue) workerRights(use Use) (rights []string) {
	for _, p := range q.probes(use) {
		if !p.listen {
			rights = append(rights, p.allow)
		}
	}
	rights = append(rights, use.ReplyTo...)
	rights = append(rights, schema.EventSubjects, q.api("INFO"))
	for _, s := range q.cfg.Stored() {
		rights = append(rights, q.api("STREAM.INFO."+s.Name))
	}
	for _, b := range q.cfg.buckets() {
		if b.Bucket != schema.BucketLedger && b.Bucket != schema.BucketNewest { // which may be off
			rights = append(rights, q.bucketRights(b.Bucket)...)
		}
	}
	return append(rights, q.batchBucketRights()...)
}

// consoleRights are a worker's, and what its page needs beside them.
func (q *Queue) consoleRights(use Use) []string {
	return slices.Concat(q.workerRights(use), q.readRights(schema.StreamResults), q.deadLetterRights())
}

// deadLetterRights are for reading, replaying and discarding dead letters.
func (q *Queue) deadLetterRights() []string {
	return append(q.readRights(schema.StreamDead),
		q.api("STREAM.MSG.GET."+schema.StreamDead), q.api("STREAM.MSG.DELETE."+schema.StreamDead),
		schema.JobSubjects, // a replay queues the job anew
	)
}

func (q *Queue) batchRights() []string {
	rights := []string{
		schema.LaneSubjects(schema.LaneBatch),
		q.api("INFO"),
		q.api("STREAM.INFO." + schema.StreamJobs),
	}
	rights = append(rights, q.readRights(schema.StreamResults)...)
	rights = append(rights, q.batchBucketRights()...)
	// It looks which rows of a batch that was broken off are queued already.
	return append(rights, q.api("STREAM.MSG.GET."+schema.StreamJobs))
}

// operatorRights let nobody delete or purge a stream, forge a result or a claim,
// or take a job.
func (q *Queue) operatorRights() []string {
	rights := []string{
		q.api("INFO"), q.api("STREAM.NAMES"), q.api("STREAM.LIST"),
		q.api("CONSUMER.NAMES.*"), q.api("CONSUMER.LIST.*"), q.api("CONSUMER.INFO.*.*"),
		q.api("CONSUMER.DELETE." + schema.StreamJobs + ".*"),
	}
	for _, s := range q.cfg.Stored() {
		for _, deed := range []string{"CREATE.", "UPDATE.", "INFO."} {
			rights = append(rights, q.api("STREAM."+deed+s.Name))
		}
	}
	rights = append(rights, q.readRights(schema.StreamResults)...)
	rights = append(rights, q.deadLetterRights()...)
	rights = append(rights, "$SRV.>", schema.FleetSubjects)
	return append(rights, q.batchBucketRights()...)
}

// readRights are for reading a stream with a consumer of one's own.
func (q *Queue) readRights(stream string) []string {
	return []string{
		q.api("STREAM.INFO." + stream),
		q.api("CONSUMER.CREATE." + stream + ".>"),
		q.api("CONSUMER.INFO." + stream + ".*"),
		q.api("CONSUMER.MSG.NEXT." + stream + ".*"),
		q.api("CONSUMER.DELETE." + stream + ".*"),
	}
}

// bucketRights are for reading and writing a bucket.
func (q *Queue) bucketRights(bucket string) []string {
	stream, keys := "KV_"+bucket, "$KV."+bucket+".>"
	put := keys
	if q.cfg.Domain != "" {
		put = q.api(keys) // so does the client
	}
	return []string{q.api("STREAM.INFO." + stream), put, q.api("DIRECT.GET." + stream + "." + keys)}
}

// batchBucketRights are for watching the batches too.
func (q *Queue) batchBucketRights() []string {
	stream, keys := "KV_"+schema.BucketBatches, "$KV."+schema.BucketBatches+".>"
	return append(q.bucketRights(schema.BucketBatches),
		q.api("CONSUMER.CREATE."+stream+".*"), q.api("CONSUMER.MSG.NEXT."+stream+".*"), // they are listed with a pull
		q.api("CONSUMER.CREATE."+stream+".*."+keys),
		q.api("CONSUMER.DELETE."+stream+".*"),
		"$JS.FC."+stream+".>", // a watcher says that it keeps up
	)
}

// Stored is all that is kept at the broker: the streams, and the buckets as the
// streams that they are.
func (c Config) Stored() []jetstream.StreamConfig {
	stored := c.Streams()
	for _, b := range c.buckets() {
		stored = append(stored, bucketStream(b))
	}
	return stored
}

// bucketStream is the stream that a client makes for a bucket.
func bucketStream(b jetstream.KeyValueConfig) jetstream.StreamConfig {
	return jetstream.StreamConfig{
		Name:              "KV_" + b.Bucket,
		Description:       b.Description,
		Subjects:          []string{"$KV." + b.Bucket + ".>"},
		MaxMsgsPerSubject: int64(max(b.History, 1)),
		MaxBytes:          orUnlimited(b.MaxBytes),
		MaxMsgSize:        orUnlimited(b.MaxValueSize),
		MaxMsgs:           -1,
		MaxConsumers:      -1,
		MaxAge:            b.TTL,
		Duplicates:        bucketWindow(b.TTL),
		Discard:           jetstream.DiscardNew,
		Storage:           b.Storage,
		Replicas:          max(b.Replicas, 1),
		AllowDirect:       true,
		AllowRollup:       true,
		DenyDelete:        true,
		Metadata:          b.Metadata,
	}
}

func orUnlimited[N int32 | int64](n N) N {
	if n == 0 {
		return -1
	}
	return n
}

// bucketWindow is as long as the server allows, two minutes at most.
func bucketWindow(ttl time.Duration) time.Duration {
	if ttl > 0 {
		return min(ttl, 2*time.Minute)
	}
	return 2 * time.Minute
}
