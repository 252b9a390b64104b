package queue

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/otpworker/otpworker/schema"
)

// Differences compares the broker with the definition and changes nothing.
func (q *Queue) Differences(ctx context.Context) ([]string, error) {
	var lines []string
	for _, want := range q.cfg.Streams() {
		found, err := q.js.Stream(ctx, want.Name)
		if errors.Is(err, jetstream.ErrStreamNotFound) {
			lines = append(lines, fmt.Sprintf("stream %s: missing", want.Name))
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("look at stream %s: %w", want.Name, err)
		}
		lines = append(lines, compare("stream "+want.Name, want, found.CachedInfo().Config)...)
		if age := found.CachedInfo().Config.MaxAge; want.Name == schema.StreamJobs && age > 0 && age < LedgerAge {
			lines = append(lines, fmt.Sprintf("stream %s: max_age is %s, want at least %s: a job must not vanish before its result", want.Name, age, LedgerAge))
		}
	}
	consumers, err := q.consumerDifferences(ctx)
	if err != nil {
		return nil, err
	}
	lines = append(lines, consumers...)
	for _, want := range q.cfg.buckets() {
		bucket, err := q.bucketDifferences(ctx, want)
		if err != nil {
			return nil, err
		}
		lines = append(lines, bucket...)
	}
	return lines, nil
}

// maxLooked bounds the consumers that are compared.
const maxLooked = 100

// consumerDifferences looks at the consumers of the apps that have jobs; those
// of the others are made, or made right, when they have.
func (q *Queue) consumerDifferences(ctx context.Context) ([]string, error) {
	backlog, err := q.Backlog(ctx)
	if errors.Is(err, jetstream.ErrStreamNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var lines []string
	for _, lane := range schema.Lanes() {
		if _, err := q.js.Consumer(ctx, schema.StreamJobs, earlierName(lane)); err == nil {
			lines = append(lines, fmt.Sprintf("consumer %s: takes the jobs of all apps, as an earlier version did: delete it", earlierName(lane)))
		}
	}
	looked := 0
	for app := range backlog {
		if looked++; looked > maxLooked {
			break
		}
		want := q.cfg.Consumer(app)
		found, err := q.js.Consumer(ctx, schema.StreamJobs, want.Durable)
		switch {
		case errors.Is(err, jetstream.ErrConsumerNotFound):
			continue
		case err != nil:
			return nil, fmt.Errorf("look at consumer %s: %w", want.Durable, err)
		}
		lines = append(lines, compareConsumer(want, found.CachedInfo())...)
	}
	slices.Sort(lines)
	return lines, nil
}

func compareConsumer(want jetstream.ConsumerConfig, found *jetstream.ConsumerInfo) []string {
	lines := compare("consumer "+want.Durable, want, found.Config)
	if found.Paused {
		lines = append(lines, fmt.Sprintf("consumer %s: paused for %s, want none", want.Durable, found.PauseRemaining.Round(time.Second)))
	}
	return lines
}

func (c Config) buckets() []jetstream.KeyValueConfig {
	return []jetstream.KeyValueConfig{c.Ledger(), c.Batches(), c.Rate(), c.Newest()}
}

func (q *Queue) bucketDifferences(ctx context.Context, want jetstream.KeyValueConfig) ([]string, error) {
	kv, err := q.js.KeyValue(ctx, want.Bucket)
	if errors.Is(err, jetstream.ErrBucketNotFound) {
		return []string{"bucket " + want.Bucket + ": missing"}, nil
	}
	if err != nil {
		return nil, fmt.Errorf("look at bucket %s: %w", want.Bucket, err)
	}
	status, err := kv.Status(ctx)
	if err != nil {
		return nil, fmt.Errorf("look at bucket %s: %w", want.Bucket, err)
	}
	var lines []string
	if status.TTL() != 0 && status.TTL() < want.TTL { // 0 is for ever
		lines = append(lines, fmt.Sprintf("bucket %s: ttl is %s, want at least %s", want.Bucket, status.TTL(), want.TTL))
	}
	if status.History() != int64(want.History) {
		lines = append(lines, fmt.Sprintf("bucket %s: history is %d, want %d", want.Bucket, status.History(), want.History))
	}
	return lines, nil
}

// notCompared are the fields an operator may set as they like.
var notCompared = []string{"description", "metadata", "num_replicas", "max_bytes", "max_age", "max_consumers", "replicas", "inactive_threshold"}

// atLeast are the fields that may be larger than wanted, or -1 for no limit.
var atLeast = []string{"ack_wait", "max_ack_pending"}

// leftUnset are the fields that break a promise when an operator sets them: a
// BackOff falsifies the worker's delays, a limit per subject drops jobs, a
// stream that does not confirm or delete keeps a job for ever.
var leftUnset = []string{
	"backoff", "headers_only",
	"deny_delete", "max_msgs_per_subject", "no_ack", "sealed", "subject_transform",
}

// compare lists the wanted fields that are found otherwise. What the
// definition leaves unset is the operator's choice, leftUnset excepted.
func compare(what string, want, found any) []string {
	wanted, have := fields(want), fields(found)
	var lines []string
	for _, key := range slices.Sorted(maps.Keys(wanted)) {
		if slices.Contains(notCompared, key) || isZero(wanted[key]) {
			continue
		}
		if slices.Contains(atLeast, key) && enough(wanted[key], have[key]) {
			continue
		}
		if w, h := text(wanted[key]), text(have[key]); w != h {
			lines = append(lines, fmt.Sprintf("%s: %s is %s, want %s", what, key, readable(key, have[key]), readable(key, wanted[key])))
		}
	}
	for _, key := range leftUnset {
		if h := have[key]; !isZero(h) && text(h) != "-1" {
			lines = append(lines, fmt.Sprintf("%s: %s is %s, want none", what, key, text(h)))
		}
	}
	return lines
}

func enough(want, have any) bool {
	w, isNumber := want.(float64)
	h, also := have.(float64)
	return isNumber && also && (h >= w || h == -1)
}

// readable prints the broker's nanoseconds as people write them.
func readable(key string, v any) string {
	if ns, ok := v.(float64); ok && slices.Contains([]string{"ack_wait", "duplicate_window", "max_age"}, key) {
		return time.Duration(ns).String()
	}
	return text(v)
}

func fields(config any) map[string]any {
	data, err := json.Marshal(config)
	if err != nil {
		return nil
	}
	var m map[string]any
	if json.Unmarshal(data, &m) != nil {
		return nil
	}
	return m
}

func text(v any) string {
	var b strings.Builder
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false) // a subject's ">" is to be read
	_ = enc.Encode(v)
	return strings.TrimSpace(b.String())
}

func isZero(v any) bool {
	switch text(v) {
	case "null", `""`, "0", "false", "[]", "{}":
		return true
	}
	return false
}
