package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/otpworker/otpworker/schema"
	"github.com/otpworker/otpworker/worker/batchfile"
	"github.com/otpworker/otpworker/worker/queue"
)

// A batchInput is a batch that was sent, its file, and what came of its rows.
type batchInput struct {
	batch   queue.Batch
	source  *batchfile.Source
	file    *batchfile.File
	answers *batchfile.Answers
}

// readBatchInput finds the rows of a batch in the file it was sent from, and reads
// its results.
func readBatchInput(ctx context.Context, cmd *cobra.Command, q *queue.Queue, id, path string) (*batchInput, error) {
	b, err := q.Batch(ctx, id)
	if err != nil {
		return nil, err
	}
	source, err := batchfile.Open(path, cmd.InOrStdin())
	if err != nil {
		return nil, fail(exitUsage, fmt.Errorf("--file: %w", err))
	}
	in := &batchInput{batch: b, source: source}
	if err := in.read(ctx, q); err != nil {
		return nil, errors.Join(err, in.close())
	}
	return in, nil
}

func (in *batchInput) read(ctx context.Context, q *queue.Queue) error {
	digest := batchfile.Digest(in.batch.Digest)
	options := digest.Options()
	options.Defaults = schema.Job{AppID: in.batch.AppID}
	var err error
	if in.file, err = batchfile.Check(ctx, in.source, options); err != nil {
		return fail(exitUsage, fmt.Errorf("--file: %w", err))
	}
	if !in.file.Digest.SameText(digest) || !digest.IsRetry() && uint64(in.file.Rows) != in.batch.Rows {
		return fail(exitUsage, fmt.Errorf("--file: is not the file that batch %s was sent from (%d rows there, %d here)", in.batch.ID, in.batch.Rows, in.file.Rows))
	}
	if in.answers, err = batchfile.NewAnswers(in.batch.ID, digest, in.file.Rows); err != nil {
		return err
	}
	return q.FollowBatch(ctx, in.batch.AppID, in.batch.ID, in.answers.Add)
}

func (in *batchInput) close() error {
	err := in.source.Close()
	if in.answers != nil {
		err = errors.Join(err, in.answers.Close())
	}
	return err
}
