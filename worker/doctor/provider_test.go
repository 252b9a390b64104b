package doctor_test

import (
	"context"
	"net"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/otpworker/otpworker/client"
	"github.com/otpworker/otpworker/client/sandbox"
	"github.com/otpworker/otpworker/worker/doctor"
)

func TestProvider(t *testing.T) {
	all := func(f sandbox.Fault) sandbox.Fault { f.Records = true; return f }
	for name, tc := range map[string]struct {
		box    sandbox.Config
		fault  sandbox.Fault
		secret string
		want   doctor.State
		detail string
	}{
		"well":              {want: doctor.OK, detail: "answered in 0s and accepted the signature"},
		"well, null":        {box: sandbox.Config{UnknownRecord: sandbox.UnknownNull}, want: doctor.OK, detail: "answered in 0s and accepted the signature"},
		"well, -22":         {box: sandbox.Config{UnknownRecord: "-22"}, want: doctor.OK, detail: "answered in 0s and accepted the signature"},
		"slow":              {box: sandbox.Config{Latency: 4 * time.Second}, want: doctor.OK, detail: "answered in 4s and accepted the signature"},
		"wrong secret":      {secret: "wr0ng", want: doctor.Fail, detail: "call orderId/record: refused with status -1"},
		"address":           {fault: all(sandbox.Fault{Status: "-2"}), want: doctor.Fail, detail: "call orderId/record: refused with status -2"},
		"timestamp":         {fault: all(sandbox.Fault{Status: "-16"}), want: doctor.Fail, detail: "call orderId/record: refused with status -16"},
		"401":               {fault: all(sandbox.Fault{HTTP: 401}), want: doctor.Fail, detail: "call orderId/record: refused with HTTP 401"},
		"403":               {fault: all(sandbox.Fault{HTTP: 403}), want: doctor.Fail, detail: "call orderId/record: refused with HTTP 403"},
		"404":               {fault: all(sandbox.Fault{HTTP: 404}), want: doctor.Fail, detail: "call orderId/record: refused with HTTP 404"},
		"no money":          {fault: all(sandbox.Fault{Status: "-10"}), want: doctor.Warn, detail: "call orderId/record: refused with status -10"},
		"busy":              {fault: all(sandbox.Fault{Throttle: 3}), want: doctor.Warn, detail: "call orderId/record: throttled with HTTP 429, retry after 3s"},
		"silent":            {fault: all(sandbox.Fault{Hang: true}), want: doctor.Warn, detail: "call orderId/record: outcome unknown: context deadline exceeded"},
		"out of order":      {fault: all(sandbox.Fault{HTTP: 500}), want: doctor.Warn, detail: "call orderId/record: outcome unknown after HTTP 500: unexpected HTTP status"},
		"not the provider":  {fault: all(sandbox.Fault{HTML: true}), want: doctor.Warn, detail: "call orderId/record: outcome unknown after HTTP 200: the answer has no status"},
		"once, then signed": {fault: all(sandbox.Fault{Status: "-16", Times: 1}), want: doctor.OK, detail: "answered in 0s and accepted the signature"},
	} {
		t.Run(name, func(t *testing.T) {
			if tc.secret == "" {
				tc.secret = sandbox.DefaultSecret
			}
			withProvider(t, tc.box, tc.fault, tc.secret, func(t *testing.T, c *client.Client) {
				p := patient()
				p.Provider = c
				start := time.Now()
				checks := named(doctor.Examine(t.Context(), p), doctor.AreaProvider, "provider")
				if d := time.Since(start); d > 5*time.Second {
					t.Errorf("took %s", d)
				}
				if len(checks) != 1 || checks[0].State != tc.want || checks[0].Detail != tc.detail {
					t.Errorf("got %+v", checks)
				}
				if (checks[0].Mend == "") != (tc.want == doctor.OK) {
					t.Errorf("mend is %q", checks[0].Mend)
				}
			})
		})
	}
}

func TestProviderUnreachable(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newClient(t, sandbox.DefaultSecret, func(context.Context, string, string) (net.Conn, error) {
			return nil, &net.OpError{Op: "dial", Net: "tcp", Err: syscall.EHOSTUNREACH}
		})
		defer c.Close()
		p := patient()
		p.Provider = c
		got := doctor.Examine(t.Context(), p).Of(doctor.AreaProvider)
		want := "call orderId/record: nothing sent: dial provider: dial tcp: no route to host"
		if len(got) != 1 || got[0].State != doctor.Fail || got[0].Detail != want {
			t.Errorf("got %+v", got)
		}
	})
}

// The provider's clock is read off its answer. The one that refuses our time is
// asked again by its own.
func TestProviderClock(t *testing.T) {
	for offset, want := range map[time.Duration]doctor.State{
		0: doctor.OK, time.Second: doctor.OK, 5 * time.Second: doctor.Warn, -5 * time.Second: doctor.Warn,
		20 * time.Second: doctor.Fail, time.Hour: doctor.Fail, -time.Hour: doctor.Fail,
	} {
		withProvider(t, sandbox.Config{ClockOffset: offset}, sandbox.Fault{}, sandbox.DefaultSecret, func(t *testing.T, c *client.Client) {
			p := patient()
			p.Provider = c
			r := doctor.Examine(t.Context(), p)
			if got := named(r, doctor.AreaProvider, "clock"); len(got) != 1 || got[0].State != want {
				t.Errorf("%s: %+v", offset, got)
			}
			if got := named(r, doctor.AreaProvider, "provider"); len(got) != 1 || got[0].State != doctor.OK {
				t.Errorf("%s: %+v", offset, got)
			}
		})
	}
}

// A slow answer is no clock that is off: when it was stamped is not known.
func TestProviderClockOfASlowAnswer(t *testing.T) {
	for offset, want := range map[time.Duration]doctor.State{0: doctor.OK, 30 * time.Second: doctor.Fail, -30 * time.Second: doctor.Fail} {
		withProvider(t, sandbox.Config{Latency: 4 * time.Second, ClockOffset: offset}, sandbox.Fault{}, sandbox.DefaultSecret, func(t *testing.T, c *client.Client) {
			p := patient()
			p.Provider = c
			if got := named(doctor.Examine(t.Context(), p), doctor.AreaProvider, "clock"); len(got) != 1 || got[0].State != want {
				t.Errorf("%s: %+v", offset, got)
			}
		})
	}
}

func TestClock(t *testing.T) {
	for skew, want := range map[time.Duration]doctor.State{
		0: doctor.OK, 2 * time.Second: doctor.OK, -2 * time.Second: doctor.OK, 2*time.Second + 1: doctor.Warn,
		10 * time.Second: doctor.Warn, 10*time.Second + 1: doctor.Fail, -11 * time.Second: doctor.Fail,
	} {
		if got := doctor.Clock(doctor.AreaBroker, "broker", skew); got.State != want {
			t.Errorf("%s: %+v", skew, got)
		}
	}
	const want = "our clock is at least 3s ahead of the broker's: a code may be sent after its expiry, or expire unsent"
	if got := doctor.Clock(doctor.AreaBroker, "broker", -3*time.Second); got.Detail != want {
		t.Errorf("got %q", got.Detail)
	}
}
