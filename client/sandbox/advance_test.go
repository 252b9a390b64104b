package sandbox_test

import (
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/otpworker/otpworker/client"
	"github.com/otpworker/otpworker/client/sandbox"
)

// TestAdvance moves limits, flows, expiries, deliveries and records at once,
// each to its own moment, and no signature.
func TestAdvance(t *testing.T) {
	inBubble(t, sandbox.Config{DeliveryDelay: 10 * time.Second, RecordDelay: 5 * time.Second}, func(t *testing.T, b bundle) {
		start := time.Now()
		b.limited(t, client.AppSettings{PeriodTotalSendLimit: limit(1, 1, client.UnitDay), CodeExpiry: 60})
		r := b.flow(t, node(30, notVerified, "call"), node(120, notVerified, "sms"))
		b.sent(t, r) // the nodes have no room
		b.limited(t, client.AppSettings{CodeExpiry: 60})
		r.OrderID = "p"
		id := b.sent(t, r)
		if err := b.Advance(4 * time.Second); err != nil {
			t.Fatal(err)
		}
		if b.record(t, "p").Found {
			t.Error("visible too early")
		}
		if err := b.Advance(59 * time.Minute); err != nil {
			t.Fatal(err)
		}
		want := []string{"00:00 sms", "00:00 sms", "00:30 call#1", "00:30 call#1", "02:30 sms#2", "02:30 sms#2"}
		for i := range want {
			want[i] += " sent Your verification code is 1234."
		}
		if diff := cmp.Diff(want, b.inbox()); diff != "" {
			t.Error(diff)
		}
		if got := b.record(t, "p"); !got.Found || got.State != client.StateSent {
			t.Errorf("%+v", got)
		}
		if err := b.Advance(time.Minute); err != nil {
			t.Fatal(err)
		}
		if got := b.verdict(t, id, "1234"); got != client.VerdictCodeExpired {
			t.Errorf("verdict %v", got)
		}
		if now := b.Now(); now.Sub(start) != time.Hour+4*time.Second || time.Since(start) != 0 {
			t.Errorf("%v on the clock, %v in truth", now.Sub(start), time.Since(start))
		}
		if off := b.client.ClockOffset(); off != 0 {
			t.Errorf("the client learned %v", off)
		}
	})
}

func TestAdvanceEndsAPeriod(t *testing.T) {
	inBubble(t, sandbox.Config{}, func(t *testing.T, b bundle) {
		b.limited(t, client.AppSettings{PeriodTotalSendLimit: limit(3, 1, client.UnitMinute)})
		b.expect(t, "at first", phone, yes, yes, yes, noTotal)
		for range 2 {
			if err := b.Advance(30 * time.Second); err != nil {
				t.Fatal(err)
			}
		}
		b.expect(t, "a minute later", phone, yes, yes, yes, noTotal)
	})
}

// TestClockGoesOnAfterAdvance: what is still to come comes on its own.
func TestClockGoesOnAfterAdvance(t *testing.T) {
	inBubble(t, sandbox.Config{}, func(t *testing.T, b bundle) {
		b.sent(t, b.flow(t, node(60, notVerified, "call")))
		if err := b.Advance(40 * time.Second); err != nil {
			t.Fatal(err)
		}
		time.Sleep(20*time.Second - time.Nanosecond)
		if n := len(b.Inbox()); n != 1 {
			t.Errorf("%d messages too early", n)
		}
		time.Sleep(time.Nanosecond)
		synctest.Wait()
		if n := len(b.Inbox()); n != 2 {
			t.Errorf("%d messages", n)
		}
	})
}

func TestAdvanceHasBounds(t *testing.T) {
	s := sandbox.New(sandbox.Config{})
	if err := s.Advance(-1); err == nil {
		t.Error("the clock goes back")
	}
	const century = 100 * 365 * 24 * time.Hour
	if err := s.Advance(century); err != nil {
		t.Error(err)
	}
	if err := s.Advance(1); err == nil {
		t.Error("more than a century")
	}
}

func TestClockControl(t *testing.T) {
	inBubble(t, sandbox.Config{}, func(t *testing.T, b bundle) {
		for _, step := range []struct{ method, body, want string }{
			{get, ``, `{"advanced":"0s","now":"2000-01-01T00:00:00Z"}`},
			{post, `{"advance":"1m"}`, `{"advanced":"1m0s","now":"2000-01-01T00:01:00Z"}`},
			{post, `{"advance":"90m"}`, `{"advanced":"1h31m0s","now":"2000-01-01T01:31:00Z"}`},
			{get, ``, `{"advanced":"1h31m0s","now":"2000-01-01T01:31:00Z"}`},
		} {
			rec := control(t, b.Handler(), step.method, "/sandbox/clock", step.body)
			if rec.Code != http.StatusOK || rec.Body.String() != step.want {
				t.Errorf("%s %s: HTTP %d %s", step.method, step.body, rec.Code, rec.Body)
			}
		}
		if rec := control(t, b.Handler(), post, "/sandbox/clock", `{"advance":60}`); !strings.Contains(rec.Body.String(), `advance expects a time in quotes, with its unit, such as "60s"`) {
			t.Error(rec.Body)
		}
		for _, body := range []string{``, `{}`, `{"advance":60}`, `{"advance":"soon"}`, `{"advance":"-1m"}`, `{"back":"1m"}`, `{"advance":"1m","back":"1m"}`, `{"advance":"2000000h"}`} {
			if rec := control(t, b.Handler(), post, "/sandbox/clock", body); rec.Code != http.StatusBadRequest {
				t.Errorf("%s: HTTP %d", body, rec.Code)
			}
		}
	})
}
