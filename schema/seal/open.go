package seal

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"strings"

	"github.com/otpworker/otpworker/schema"
	"github.com/otpworker/otpworker/schema/redact"
)

// Why a job cannot be opened. None of them quotes anything.
var (
	// ErrNoKey: it is sealed for a key that is not among these.
	ErrNoKey = errors.New("is sealed for a key that is not here: seal it for a current public key of the workers")
	// ErrBroken: the box does not open, or holds no code and number.
	ErrBroken = errors.New("does not open: it is damaged or was sealed wrongly, seal it anew")
	// ErrOtherJob: the box was made for another job.
	ErrOtherJob = errors.New("was sealed for a job with another id or appId: seal each job by itself, with its final id")
)

// Open returns the job with its code and number, and without what sealed them.
// A job that is not sealed comes back as it is. Errors: [ErrNoKey], [ErrBroken],
// [ErrOtherJob]; the job is then returned as it was. Code and number are not
// judged: see [schema.Job.Validate].
func (k *Keys) Open(job schema.Job) (schema.Job, error) {
	if job.Sealed == "" {
		return job, nil
	}
	text, err := k.text(job.Sealed)
	if err != nil {
		return job, err
	}
	var c content
	if json.Unmarshal(text, &c) != nil {
		return job, ErrBroken
	}
	if c.ID != job.ID || c.AppID != job.AppID {
		return job, ErrOtherJob
	}
	job.Sealed, job.Code, job.To = "", redact.NewCode(c.Code), redact.NewPhone(c.To)
	return job, nil
}

// text opens a box.
func (k *Keys) text(sealed string) ([]byte, error) {
	recipient, rest, _ := strings.Cut(sealed, ".")
	sender, box, _ := strings.Cut(rest, ".")
	if k == nil || k.pairs[recipient] == nil {
		return nil, ErrNoKey
	}
	data, err := base64.RawURLEncoding.Strict().DecodeString(box)
	if err != nil || CheckPublicKey(sender) != nil {
		return nil, ErrBroken
	}
	text, err := k.pairs[recipient].Open(data, sender)
	if err != nil {
		return nil, ErrBroken
	}
	return text, nil
}
