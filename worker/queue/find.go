package queue

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/otpworker/otpworker/schema"
)

// maxFound bounds what is returned of one id: ids are unique in an app only.
const maxFound = 20

// maxSearched bounds the queued jobs that are looked at for one id: their subject
// does not tell it.
var maxSearched = 2000

// An Entry is what the ledger keeps of a job.
type Entry struct {
	AppID string
	Value []byte
	// At is when it was written.
	At time.Time
}

// FindEntries reads the ledger's entries of a job id in all apps, at most 20.
// Both ids must be of the alphabet of ids. With an app's id it needs no more
// rights than a worker has.
func (q *Queue) FindEntries(ctx context.Context, jobID, appID string) ([]Entry, error) {
	const bucket = "KV_" + schema.BucketLedger
	stream, err := q.stream(ctx, bucket)
	if err != nil {
		return nil, fmt.Errorf("look into the ledger: %w", q.orRefused(err, bucket))
	}
	if appID != "" {
		msg, err := stream.GetLastMsgForSubject(ctx, "$KV."+schema.BucketLedger+"."+appID+"."+jobID)
		return q.entries(nil, msg, err)
	}
	var found []Entry
	for seq := uint64(1); len(found) < maxFound; {
		msg, err := q.message(ctx, stream, seq, "$KV."+schema.BucketLedger+".*."+jobID)
		before := len(found)
		if found, err = q.entries(found, msg, err); err != nil || len(found) == before {
			return found, err
		}
		seq = msg.Sequence + 1
	}
	return found, nil
}

func (q *Queue) entries(found []Entry, msg *jetstream.RawStreamMsg, err error) ([]Entry, error) {
	if errors.Is(err, jetstream.ErrMsgNotFound) {
		return found, nil
	}
	if err != nil {
		return found, fmt.Errorf("look into the ledger: %w", q.orRefused(err, "KV_"+schema.BucketLedger))
	}
	tokens := strings.Split(msg.Subject, ".")
	return append(found, Entry{AppID: tokens[len(tokens)-2], Value: msg.Data, At: msg.Time}), nil
}

// A Queued is a job that the queue holds, those in hand included.
type Queued struct {
	schema.Place
	Job schema.Job
	Seq uint64
	// At is when it was stored.
	At time.Time
}

// FindQueued looks for a job among the oldest 2,000 that the queue holds of an
// app, or without one of all; all says that there were no more. Ids are as for
// [Queue.FindEntries].
func (q *Queue) FindQueued(ctx context.Context, jobID, appID string) (found []Queued, all bool, err error) {
	stream, err := q.stream(ctx, schema.StreamJobs)
	if err != nil {
		return nil, false, fmt.Errorf("look into the queue: %w", err)
	}
	subjects := []string{schema.JobSubjects}
	if appID != "" {
		subjects = nil
		for _, lane := range schema.Lanes() {
			subjects = append(subjects, schema.JobSubject(lane, appID))
		}
		subjects = append(subjects, schema.JobSubject(schema.LaneBatch, appID)+".*")
	}
	left := maxSearched
	for _, subject := range subjects {
		for seq := uint64(1); left > 0; left-- {
			msg, err := q.message(ctx, stream, seq, subject)
			if errors.Is(err, jetstream.ErrMsgNotFound) {
				break
			}
			if err != nil {
				return found, false, fmt.Errorf("look into the queue: %w", q.orRefused(err, "STREAM.MSG.GET."))
			}
			seq = msg.Sequence + 1
			if job, err := schema.DecodeJob(msg.Data); err == nil && job.ID == jobID && len(found) < maxFound {
				place, _ := schema.ParseJobSubject(msg.Subject)
				found = append(found, Queued{Place: place, Job: job, Seq: msg.Sequence, At: msg.Time})
			}
		}
	}
	return found, left > 0, nil
}

// RefusedToRead is [ErrForbidden] if the broker has refused this connection a
// consumer of a stream in the last seconds: what was asked for gets no answer.
func (q *Queue) RefusedToRead(stream string) error {
	if refused := q.refused.of("CONSUMER.CREATE." + stream); refused != nil {
		return fmt.Errorf("read stream %s: %w: %w", stream, ErrForbidden, refused)
	}
	return nil
}
