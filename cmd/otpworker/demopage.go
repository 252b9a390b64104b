package main

import (
	"context"
	"crypto/rand"
	"errors"
	"syscall"

	"github.com/otpworker/otpworker/schema"
	"github.com/otpworker/otpworker/schema/redact"
	"github.com/otpworker/otpworker/worker/console"
	"github.com/otpworker/otpworker/worker/ops"
)

// openPage opens the operator's port, at its usual address or any other, and
// makes up a token: a page from elsewhere must not act, and who has started the
// demo sees it.
func (d *demo) openPage(ctx context.Context) error {
	d.ops, d.token = newOperator(), rand.Text()[:console.MinToken]
	cfg := console.Config{
		Token:   redact.NewSecret(d.token),
		Sandbox: &console.Sandbox{AppID: demoApp, Inbox: d.box.Inbox, Send: d.sendTest},
	}
	err := d.ops.listen(ctx, ops.Config{Addr: defaultHTTP, Metrics: d.tel.Handler()}, cfg)
	if errors.Is(err, syscall.EADDRINUSE) {
		err = d.ops.listen(ctx, ops.Config{Addr: "127.0.0.1:0", Metrics: d.tel.Handler()}, cfg)
	}
	return err
}

// errStory keeps a job of the page's out of the story's count.
var errStory = errors.New("the demo tells its story first: test jobs can be sent after it, in otpworker demo --stay")

// sendTest queues a job for somebody who looks at the page.
func (d *demo) sendTest(ctx context.Context, job schema.Job) error {
	q := d.ops.queue.Load()
	if q == nil || !d.told.Load() {
		return errStory
	}
	return d.publishOne(ctx, q, job)
}
