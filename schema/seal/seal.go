package seal

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/nats-io/nkeys"

	"github.com/otpworker/otpworker/schema"
	"github.com/otpworker/otpworker/schema/redact"
)

// block is what the text in a box is filled up to a multiple of. It has room for the
// longest text, so that all boxes are of one length: with smaller steps the length of
// id and appId, which everyone sees, would tell when a code is the longer one.
const block = 256

// content is what a box holds.
type content struct {
	ID    string `json:"id"`
	AppID string `json:"appId"`
	Code  string `json:"code"`
	To    string `json:"to"`
}

// Seal returns the job with its code and number encrypted for publicKey, the
// workers' public xkey. The id and the app must be final: with others the job
// cannot be opened. Errors: that of [CheckPublicKey]; [schema.Faults] for a job
// that is invalid; one for a job that is sealed already.
func Seal(publicKey string, job schema.Job) (schema.Job, error) {
	if err := CheckPublicKey(publicKey); err != nil {
		return schema.Job{}, fmt.Errorf("seal job: %w", err)
	}
	if err := job.Validate(); err != nil {
		return schema.Job{}, err
	}
	if job.Sealed != "" {
		return schema.Job{}, errors.New("seal job: it is sealed already")
	}
	text, err := json.Marshal(content{job.ID, job.AppID, job.Code.Reveal(), job.To.Reveal()})
	if err != nil {
		return schema.Job{}, fmt.Errorf("seal job: %w", err)
	}
	once, err := nkeys.CreateCurveKeys()
	if err != nil {
		return schema.Job{}, fmt.Errorf("seal job: %w", err)
	}
	defer once.Wipe()
	if job.Sealed, err = box(once, publicKey, pad(text)); err != nil {
		return schema.Job{}, fmt.Errorf("seal job: %w", err)
	}
	job.Code, job.To = redact.Code{}, redact.Phone{}
	return job, nil
}

func box(sender nkeys.KeyPair, recipient string, text []byte) (string, error) {
	from, err := sender.PublicKey()
	if err != nil {
		return "", err
	}
	sealed, err := sender.Seal(text, recipient)
	if err != nil {
		return "", err
	}
	return recipient + "." + from + "." + base64.RawURLEncoding.EncodeToString(sealed), nil
}

func pad(text []byte) []byte {
	return append(text, bytes.Repeat([]byte(" "), (block-len(text)%block)%block)...)
}
