package console

import (
	"context"

	"github.com/otpworker/otpworker/client/sandbox"
	"github.com/otpworker/otpworker/schema"
)

// A Sandbox is a provider that does not exist, and a queue for it.
type Sandbox struct {
	// Inbox is the newest messages, the newest first. It has to be set.
	Inbox func() []sandbox.Message
	// Send queues a job for it. It has to be set.
	Send func(ctx context.Context, job schema.Job) error
}
