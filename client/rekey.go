package client

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"github.com/otpworker/otpworker/schema/redact"
)

const opRekey = "rekey"

// Rekey has requests signed with another key and secret of the same account, once
// the provider has let one request in that is signed with them: it asks for a
// record that cannot exist. Until then, and after an error, the former pair stays;
// all other calls go on meanwhile. The error is [RefusedError] for a pair that the
// provider does not let in, one that names OTPWORKER_API_KEY or
// OTPWORKER_API_SECRET for a pair that cannot be one, or that of any call.
func (c *Client) Rekey(ctx context.Context, key, secret redact.Secret) error {
	next := &account{key: key, secret: secret}
	if err := next.check(); err != nil {
		return fmt.Errorf("change key: %w", err)
	}
	probe := RecordByOrderIDRequest{AppID: "otpworker", OrderID: "otpworker-rekey"}
	_, err := c.call(ctx, exchange{op: opRekey, method: http.MethodPost, url: c.recordURL, body: probe.encode(), by: next})
	if !letIn(err) {
		return fmt.Errorf("change key: %w", err)
	}
	c.account.Store(next)
	return nil
}

func (a *account) check() error {
	var faults []error
	if fault := checkSecret(a.key); fault != "" {
		faults = append(faults, errors.New("OTPWORKER_API_KEY: "+fault))
	}
	if fault := checkSecret(a.secret); fault != "" {
		faults = append(faults, errors.New("OTPWORKER_API_SECRET: "+fault))
	}
	return errors.Join(faults...)
}

// letIn says that the provider knew who asked: whatever it answers of its own to
// a question about a record comes after the signature.
func letIn(err error) bool {
	if err == nil {
		return true
	}
	refused, ok := errors.AsType[*RefusedError](err)
	return ok && (refused.Status == StatusNotFound || refused.Status == StatusInvalidParameter || refused.Status == StatusInvalidData)
}
