package sandbox_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"github.com/otpworker/otpworker/client"
	"github.com/otpworker/otpworker/client/sandbox"
	"github.com/otpworker/otpworker/schema/redact"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const callTimeout = 8 * time.Second

// bundle is a sandbox and a client of it in virtual time.
type bundle struct {
	*sandbox.Sandbox
	client *client.Client
}

func inBubble(t *testing.T, cfg sandbox.Config, f func(*testing.T, bundle)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		s, l := sandbox.New(cfg), sandbox.Pipe()
		go func() { _ = s.Serve(l) }()
		c, err := client.New(client.Config{
			BaseURL: "http://localhost/otp", Dial: l.Dial, Timeout: callTimeout,
			APIKey: redact.NewSecret(sandbox.DefaultKey), APISecret: redact.NewSecret(sandbox.DefaultSecret),
		})
		if err != nil {
			t.Fatal(err)
		}
		f(t, bundle{s, c})
		c.Close()
		_ = l.Close() // should Serve not have begun
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
}

// send returns the outcome of one call.
func (b bundle) send(orderID, to string) string {
	_, err := b.client.SendRule(context.Background(), client.SendRuleRequest{
		AppID: "app1", Code: redact.NewCode("1234"), To: redact.NewPhone(to), OrderID: orderID,
	})
	return outcome(err)
}

func (b bundle) record(t *testing.T, orderID string) client.Record {
	t.Helper()
	rec, err := b.client.RecordByOrderID(context.Background(), client.RecordByOrderIDRequest{AppID: "app1", OrderID: orderID})
	if err != nil {
		t.Fatal(err)
	}
	return rec
}

// outcome is an error in one comparable word.
func outcome(err error) string {
	var (
		notSent   *client.NotSentError
		refused   *client.RefusedError
		throttled *client.ThrottledError
		unknown   *client.UnknownError
	)
	switch {
	case err == nil:
		return "accepted"
	case errors.As(err, &notSent):
		return "not sent"
	case errors.As(err, &refused):
		return strings.TrimSpace(fmt.Sprintf("refused %d %s", refused.HTTPStatus, refused.Status))
	case errors.As(err, &throttled):
		return fmt.Sprintf("throttled %d %s", throttled.HTTPStatus, throttled.RetryAfter)
	case errors.As(err, &unknown):
		return fmt.Sprintf("unknown %d", unknown.HTTPStatus)
	}
	return "untyped: " + err.Error()
}
