package client

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
)

var (
	errTooLong = errors.New("the answer is longer")
	errCut     = fmt.Errorf("the answer is cut: %w", io.ErrUnexpectedEOF)
	errBroken  = errors.New("the connection broke or the answer is not HTTP")
)

// ended prefers the context's own error, so that errors.Is finds a deadline or
// a cancel whichever of the timers involved was first.
func ended(ctx context.Context, err error) error {
	if ctxErr := ctx.Err(); ctxErr != nil {
		return ctxErr
	}
	if errors.Is(err, os.ErrDeadlineExceeded) {
		return context.DeadlineExceeded
	}
	return err
}

// clean lets through only errors known to quote nothing that the other side
// wrote: net/http puts the start of a malformed answer into its errors.
func clean(ctx context.Context, err error) error {
	err = ended(ctx, err)
	if op, ok := errors.AsType[*net.OpError](err); ok {
		return op
	}
	switch {
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, context.Canceled), errors.Is(err, errTooLong):
		return err
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return errCut
	}
	return errBroken
}
