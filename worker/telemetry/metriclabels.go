package telemetry

import (
	"context"
	"errors"
	"strconv"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/otpworker/otpworker/schema"
	"github.com/otpworker/otpworker/worker"
	"github.com/otpworker/otpworker/worker/queue"
)

// httpStatus is the label of an answer's HTTP status.
func httpStatus(e worker.Event) string {
	switch e.HTTPStatus {
	case 0:
		return ""
	case 200:
		return "200"
	}
	return strconv.Itoa(e.HTTPStatus)
}

// failure is the error type of a call that was not accepted.
func failure(v worker.Verdict) string {
	if v.Outcome == worker.Accepted {
		return ""
	}
	return v.Reason
}

// errorType is the type of an error of the broker's.
func errorType(err error) string {
	if err == nil {
		return ""
	}
	var api *jetstream.APIError
	switch {
	case errors.Is(err, queue.ErrChanged):
		return "changed" // the compare-and-set met another one's entry
	case errors.Is(err, jetstream.ErrKeyNotFound):
		return "not_found"
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, nats.ErrTimeout):
		return "timeout"
	case errors.Is(err, context.Canceled):
		return "canceled"
	case errors.Is(err, jetstream.ErrNoStreamResponse), errors.Is(err, nats.ErrNoResponders):
		return "no_responders"
	case errors.As(err, &api):
		return "jetstream_" + strconv.Itoa(int(api.ErrorCode))
	}
	return "_OTHER"
}

// Subjects with what is in them left open. The lane is one of two.
func jobTemplate(l schema.Lane) string {
	if l == schema.LaneBatch {
		return "otp.v1.job.batch.{appId}"
	}
	return "otp.v1.job.interactive.{appId}"
}

func resultTemplate(l schema.Lane) string {
	if l == schema.LaneBatch {
		return "otp.v1.result.batch.{appId}"
	}
	return "otp.v1.result.interactive.{appId}"
}

const (
	deadTemplate   = "otp.v1.dead.{reason}"
	sendTemplate   = "/verification/sendRule"
	recordTemplate = "/verification/orderId/record"
)

// age is how long ago t was, 0 if it never was.
func age(t time.Time) float64 {
	if t.IsZero() {
		return 0
	}
	return max(0, time.Since(t).Seconds())
}
