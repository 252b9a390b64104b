package queue

import (
	"context"
	"errors"
	"fmt"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/otpworker/otpworker/schema"
	"github.com/otpworker/otpworker/schema/seal"
)

var (
	// ErrNoLetter says that the stream has no such dead letter, or no longer.
	ErrNoLetter = errors.New("no such dead letter")
	// ErrUnreadable says that what stands there is no dead letter. It leaves out
	// why: a decoder's words may quote the document.
	ErrUnreadable = errors.New("is not a dead letter document: discard it")
)

// A Letter is a dead letter and its place.
//
// Printing, logging and json.Marshal show no code and no number; Encode does,
// and is not for people.
type Letter struct {
	// Seq is the letter's sequence in the stream of dead letters. Sequence is
	// that of its job in the job stream.
	Seq uint64 `json:"seq"`
	schema.DeadLetter

	keys *seal.Keys
}

// PublishDead stores a dead letter and returns when the broker has confirmed it.
func (q *Queue) PublishDead(ctx context.Context, letter schema.DeadLetter) error {
	data, err := letter.Encode()
	if err != nil {
		return err
	}
	msg := &nats.Msg{Subject: schema.DeadSubject(letter.Reason), Data: data, Header: traced(ctx, nil)}
	_, err = q.js.PublishMsg(ctx, msg, jetstream.WithMsgID(letter.AppID+"."+letter.ID), jetstream.WithExpectStream(schema.StreamDead))
	if err != nil {
		return fmt.Errorf("publish dead letter %s: %w", letter.ID, unsent(err))
	}
	return nil
}

// Letter returns the dead letter at a sequence, or [ErrNoLetter], or
// [ErrUnreadable] with the sequence only, or [ErrForbidden] if this connection may
// not look.
func (q *Queue) Letter(ctx context.Context, seq uint64) (Letter, error) {
	stream, err := q.deadStream(ctx)
	if err != nil {
		return Letter{}, err
	}
	msg, err := stream.GetMsg(ctx, seq)
	switch {
	case errors.Is(err, jetstream.ErrMsgNotFound):
		return Letter{}, fmt.Errorf("dead letter %d: %w", seq, ErrNoLetter)
	case err != nil:
		return Letter{}, fmt.Errorf("get dead letter %d: %w", seq, q.orRefused(err, "STREAM.MSG.GET."+schema.StreamDead))
	}
	return q.decodeLetter(seq, msg.Data)
}

// Discard removes the dead letter at a sequence and overwrites it on the disk:
// it holds a code and a number. One that is gone already is no error.
func (q *Queue) Discard(ctx context.Context, seq uint64) error {
	stream, err := q.deadStream(ctx)
	if err != nil {
		return err
	}
	err = q.orRefused(stream.SecureDeleteMsg(ctx, seq), "STREAM.MSG.DELETE."+schema.StreamDead)
	switch {
	case err == nil:
		return nil
	case errors.Is(err, ErrForbidden):
		return fmt.Errorf("discard dead letter %d: %w", seq, err)
	}
	// The broker has one code for "gone already" and for a failure to delete.
	if _, gone := stream.GetMsg(ctx, seq); errors.Is(gone, jetstream.ErrMsgNotFound) {
		return nil
	}
	return fmt.Errorf("discard dead letter %d: %w", seq, err)
}

func (q *Queue) deadStream(ctx context.Context) (jetstream.Stream, error) {
	stream, err := q.js.Stream(ctx, schema.StreamDead)
	switch {
	case errors.Is(err, jetstream.ErrStreamNotFound):
		return nil, fmt.Errorf("look at stream %s: %w", schema.StreamDead, ErrNoQueue)
	case err != nil:
		return nil, fmt.Errorf("look at stream %s: %w", schema.StreamDead, q.orRefused(err, "STREAM.INFO."+schema.StreamDead))
	}
	return stream, nil
}

// UseSealKeys has the sealed jobs of dead letters opened with other keys than
// Config.SealKeys from now on; nil: with none.
func (q *Queue) UseSealKeys(k *seal.Keys) { q.sealKeys.Store(k) }

func (q *Queue) decodeLetter(seq uint64, data []byte) (Letter, error) {
	letter, err := schema.DecodeDeadLetter(data)
	if err != nil {
		return Letter{Seq: seq}, fmt.Errorf("dead letter %d %w", seq, ErrUnreadable)
	}
	return Letter{Seq: seq, DeadLetter: letter, keys: q.sealKeys.Load()}, nil
}
