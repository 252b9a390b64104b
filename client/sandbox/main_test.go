package sandbox_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
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
		defer func() {
			c.Close()
			_ = l.Close() // should Serve not have begun
			if err := s.Close(); err != nil {
				t.Error(err)
			}
		}()
		f(t, bundle{s, c})
	})
}

// send returns the outcome of one call.
func (b bundle) send(orderID, to string) string {
	_, err := b.client.SendRule(context.Background(), client.SendRuleRequest{
		AppID: "app1", Code: redact.NewCode("1234"), To: redact.NewPhone(to), OrderID: orderID,
	})
	return outcome(err)
}

// request is a send that the provider takes.
func request(orderID string) client.SendRuleRequest {
	return client.SendRuleRequest{
		AppID: "app1", Code: redact.NewCode("1234"), To: redact.NewPhone(phone), OrderID: orderID,
	}
}

// sent is a send that must be taken; it returns the verificationId.
func (b bundle) sent(t *testing.T, r client.SendRuleRequest) string {
	t.Helper()
	resp, err := b.client.SendRule(t.Context(), r)
	if err != nil {
		t.Fatal(err)
	}
	return resp.VerificationID
}

// verdict is what verify says of a code.
func (b bundle) verdict(t *testing.T, verificationID, code string) client.Verdict {
	t.Helper()
	v, err := b.client.Verify(t.Context(), client.VerifyRequest{VerificationID: verificationID, Code: redact.NewCode(code)})
	if err != nil {
		t.Fatal(err)
	}
	return v.Verdict
}

// inbox is the messages of the inbox, oldest first, in one comparable line
// each: when it came, channel and node of the flow, state, text.
func (b bundle) inbox() (lines []string) {
	for _, m := range slices.Backward(b.Inbox()) {
		channel := m.Channel
		if m.Node > 0 {
			channel += fmt.Sprint("#", m.Node)
		}
		lines = append(lines, fmt.Sprintf("%s %s %s %s", m.At.UTC().Format("04:05"), channel, m.State, m.Text.Reveal()))
	}
	return lines
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
