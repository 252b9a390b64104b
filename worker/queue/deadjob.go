package queue

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/otpworker/otpworker/schema"
	"github.com/otpworker/otpworker/schema/seal"
)

// Why a dead letter is not replayed, beside [schema.Faults] for a job that is
// invalid.
var (
	// ErrSealed: its code and number are encrypted, and Config.SealKeys is not
	// there.
	ErrSealed = errors.New("its payload is sealed and cannot be read here: replay it where the key is")
	// ErrExpired: a replay does not renew the life of a code.
	ErrExpired = errors.New("its code has expired: ask the app for a new one")
	// ErrMaybeSent: its outcome is unknown. Replay.SendUnknown lifts it.
	ErrMaybeSent = errors.New("it may have been sent already")
)

// replayOf is the metadata that names the job a replay began with.
const replayOf = "replayOf"

// Job returns the job that the letter's payload holds, opened if it was sealed and
// Config.SealKeys can. Beside [ErrSealed] and [schema.Faults], the worker's own or
// else the payload's, it is what could be decoded of it.
func (l Letter) Job() (schema.Job, error) {
	job, _, err := l.job()
	return job, err
}

// job also says whether the job was sealed.
func (l Letter) job() (job schema.Job, sealed bool, err error) {
	if l.Sealed {
		return schema.Job{}, true, ErrSealed
	}
	job, err = schema.DecodeJob([]byte(l.Payload.Reveal()))
	if err == nil {
		err = job.Validate()
	}
	if sealed = err == nil && job.Sealed != ""; sealed {
		job, err = l.open(job)
	} else if len(l.Faults) > 0 {
		err = schema.Faults(l.Faults)
	}
	if err == nil {
		err = l.checkPlace(job)
	}
	return job, sealed, err
}

// open looks again: a key that the worker did not have may be here.
func (l Letter) open(job schema.Job) (schema.Job, error) {
	others := slices.DeleteFunc(slices.Clone(l.Faults), func(f schema.Fault) bool { return f.Field == "sealed" })
	switch {
	case len(others) > 0:
		return job, schema.Faults(others)
	case l.keys == nil:
		return job, ErrSealed
	}
	opened, err := l.keys.Open(job)
	if err != nil {
		return job, schema.Faults{{Field: "sealed", Problem: err.Error()}}
	}
	return opened, opened.Validate()
}

// checkPlace is for letters whose job the worker has not read.
func (l Letter) checkPlace(job schema.Job) error {
	switch {
	case !slices.Contains(schema.Lanes(), l.Lane):
		return schema.Faults{{Field: "lane", Problem: "must be interactive or batch"}}
	case job.AppID != l.AppID:
		return schema.Faults{{Field: "appId", Problem: "must be the fifth token of the subject it was published on"}}
	}
	return nil
}

// Expiry is when the code of a letter's job ends; zero if that cannot be told:
// neither the job nor the letter says when it began.
func (l Letter) Expiry(job schema.Job) time.Time { return job.Expiry(l.QueuedAt) }

// CanReplay returns nil, or why the letter cannot be replayed at that time:
// [ErrSealed], [schema.Faults], [ErrExpired]; or, if nothing else is in the
// way, [ErrMaybeSent].
func (l Letter) CanReplay(now time.Time) error {
	_, err := l.again(now, false)
	return err
}

// again is the job that a replay queues.
func (l Letter) again(now time.Time, sendUnknown bool) (schema.Job, error) {
	job, sealed, err := l.job()
	if err != nil {
		if faults, ok := errors.AsType[schema.Faults](err); ok {
			err = fmt.Errorf("its job is invalid, publish it mended: %w", faults)
		}
		return schema.Job{}, err
	}
	expiry := l.Expiry(job)
	switch {
	case expiry.IsZero():
		return schema.Job{}, fmt.Errorf("%w; when it was queued is not known", ErrExpired)
	case !now.Before(expiry):
		return schema.Job{}, ErrExpired
	case l.Outcome == schema.OutcomeUnknown && !sendUnknown:
		return schema.Job{}, ErrMaybeSent
	}
	first := job.ID
	job.ID = replayID(job)
	job.OrderID, job.ReplyTo = job.ID, "" // nobody waits for the reply any more
	job.ExpiresAt, job.TTLSeconds = expiry, 0
	job = withOrigin(job, first)
	if sealed {
		return seal.Seal(l.keys.PublicKeys()[0], job) // the box is good for one id
	}
	return job, nil
}

// replayID names the replay of a job: the same one each time, whichever letter
// of the job is replayed and however often. A replay that is repeated, because
// its letter could not be discarded or two people replayed it at once, is so
// the same job to the stream (for ten minutes), to the ledger (for two hours)
// and, by its order id, to the provider: it is sent once. No code lives longer
// than one hour. The replay of a replay that died too has another id.
func replayID(job schema.Job) string {
	sum := sha256.Sum256([]byte(job.AppID + "." + job.ID))
	return "rp-" + hex.EncodeToString(sum[:16])
}

// withOrigin notes the first id if there is room; a replay of a replay keeps it.
func withOrigin(job schema.Job, first string) schema.Job {
	if job.Metadata[replayOf] != "" {
		return job
	}
	noted := job
	noted.Metadata = maps.Clone(job.Metadata)
	if noted.Metadata == nil {
		noted.Metadata = map[string]string{}
	}
	noted.Metadata[replayOf] = first
	if _, err := noted.Encode(); err != nil {
		return job
	}
	return noted
}
