package queue

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/otpworker/otpworker/schema/plain"
)

const (
	// leaderless is how often a stream without a leader is asked again, and
	// leaderPause between two tries, as the client library does.
	leaderless  = 2
	leaderPause = 250 * time.Millisecond
)

// confirm publishes a message to a stream and returns the broker's word for it.
// It is what the client library's publish does, for what a worker does with each
// job: the answer is read without reflection.
func (q *Queue) confirm(ctx context.Context, subject string, data []byte, headers ...header) (jetstream.PubAck, error) {
	answer, err := q.ask(ctx, subject, data, headers...)
	for try := 0; errors.Is(err, nats.ErrNoResponders) && try < leaderless; try++ {
		if sleepUntil(ctx, time.Now().Add(leaderPause)) != nil {
			break
		}
		answer, err = q.ask(ctx, subject, data, headers...)
	}
	if errors.Is(err, nats.ErrNoResponders) {
		return jetstream.PubAck{}, jetstream.ErrNoStreamResponse
	}
	if err != nil {
		return jetstream.PubAck{}, err
	}
	return readAck(answer.Data)
}

// Ack has the broker confirm that a job is done with: an ack that nobody
// confirms can be lost, and the job would come back.
func (q *Queue) Ack(ctx context.Context, job jetstream.Msg) error {
	if job.Reply() == "" {
		return jetstream.ErrMsgNoReply
	}
	_, err := q.ask(ctx, job.Reply(), ackBody)
	return err
}

var ackBody = []byte("+ACK")

func readAck(data []byte) (jetstream.PubAck, error) {
	if ack, ok := plainAck(data); ok {
		return ack, nil
	}
	var answer struct {
		jetstream.PubAck
		Error *jetstream.APIError `json:"error"`
	}
	if err := json.Unmarshal(data, &answer); err != nil {
		return jetstream.PubAck{}, jetstream.ErrInvalidJSAck
	}
	switch {
	case answer.Error != nil:
		return jetstream.PubAck{}, answer.Error
	case answer.Stream == "":
		return jetstream.PubAck{}, jetstream.ErrInvalidJSAck
	}
	return answer.PubAck, nil
}

// plainAck reads an ack that says only where the message stands.
func plainAck(data []byte) (ack jetstream.PubAck, ok bool) {
	r := plain.Read(string(data))
	for name, more := r.Next(); more; name, more = r.Next() {
		switch name {
		case "stream":
			ack.Stream = r.String()
		case "seq":
			ack.Sequence = uint64(r.Int())
		case "domain":
			ack.Domain = r.String()
		default:
			r.Odd()
		}
	}
	return ack, r.Done() && ack.Stream != ""
}
