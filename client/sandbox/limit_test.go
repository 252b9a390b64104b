package sandbox_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/otpworker/otpworker/client"
	"github.com/otpworker/otpworker/client/sandbox"
)

// limited sets the app of request up.
func (b bundle) limited(t *testing.T, s client.AppSettings) {
	t.Helper()
	s.Name = "limited"
	if _, err := b.client.UpdateApp(t.Context(), "app1", s); err != nil {
		t.Fatal(err)
	}
}

func limit(n int64, period int, unit client.PeriodUnit) *client.Limit {
	return &client.Limit{Enabled: true, Unit: unit, Period: period, Limit: n}
}

const (
	yes     = "accepted"
	noTotal = "refused 200 -27"
	noPhone = "refused 200 -28"
)

// expect sends to number after number and compares.
func (b bundle) expect(t *testing.T, what, to string, want ...string) {
	t.Helper()
	for i, w := range want {
		if got := b.send("", to); got != w {
			t.Errorf("%s, send %d: %s, want %s", what, i+1, got, w)
		}
	}
}

// TestPeriods: the fourth of three is refused until the period is over, to the
// second, in every unit.
func TestPeriods(t *testing.T) {
	for _, l := range []*client.Limit{
		limit(3, 1, client.UnitSecond), limit(3, 45, client.UnitSecond),
		limit(3, 1, client.UnitMinute), limit(3, 2, client.UnitHour), limit(3, 90, client.UnitDay),
	} {
		for what, refusal := range map[string]string{"total": noTotal, "phone": noPhone} {
			t.Run(fmt.Sprint(what, " ", l.Period, " ", l.Unit), func(t *testing.T) {
				inBubble(t, sandbox.Config{}, func(t *testing.T, b bundle) {
					s := client.AppSettings{PeriodTotalSendLimit: l}
					if what == "phone" {
						s = client.AppSettings{PeriodPhoneSendLimit: l}
					}
					b.limited(t, s)
					time.Sleep(time.Hour + 17*time.Second) // windows begin with the first send
					for range 3 {
						b.expect(t, "at the start", phone, yes, yes, yes, refusal)
						time.Sleep(l.Duration() - time.Nanosecond)
						b.expect(t, "just before the end", phone, refusal, refusal)
						time.Sleep(time.Nanosecond)
					}
					b.expect(t, "in the next period", phone, yes, yes, yes, refusal)
				})
			})
		}
	}
}

func TestTotalLimitIsOfOneApp(t *testing.T) {
	inBubble(t, sandbox.Config{}, func(t *testing.T, b bundle) {
		b.limited(t, client.AppSettings{PeriodTotalSendLimit: limit(1, 1, client.UnitMinute)})
		b.expect(t, "one number", phone, yes, noTotal)
		b.expect(t, "another number", "447700900123", noTotal)
		other := `{"appId":"app2","code":"1234","to":"` + phone + `"}`
		for range 2 {
			if got := status(t, b.Handler(), post, "/otp/verification/sendRule", other); got != "0" {
				t.Errorf("another app: %s", got)
			}
		}
	})
}

func TestPhoneLimitIsOfOneNumberAndApp(t *testing.T) {
	inBubble(t, sandbox.Config{}, func(t *testing.T, b bundle) {
		b.limited(t, client.AppSettings{PeriodPhoneSendLimit: limit(1, 1, client.UnitMinute)})
		b.expect(t, "one number", phone, yes, noPhone)
		b.expect(t, "another number", "447700900123", yes, noPhone)
		body := `{"name":"app two","periodPhoneSendLimit":{"enabled":true,"unit":3,"period":1,"limit":1}}`
		if got := status(t, b.Handler(), put, "/otp/app/update/app2", body); got != "0" {
			t.Fatal(got)
		}
		for _, want := range []string{"0", "-28"} {
			if got := status(t, b.Handler(), post, "/otp/verification/sendRule", `{"appId":"app2","code":"1234","to":"`+phone+`"}`); got != want {
				t.Errorf("another app: %s, want %s", got, want)
			}
		}
	})
}

// TestRefusedSendsDoNotCount: neither a limit nor the balance is touched by a
// send that another of them stops.
func TestRefusedSendsDoNotCount(t *testing.T) {
	inBubble(t, sandbox.Config{Balance: new(sandbox.Amount(300)), Price: new(sandbox.Amount(100))}, func(t *testing.T, b bundle) {
		b.limited(t, client.AppSettings{
			PeriodTotalSendLimit: limit(3, 1, client.UnitMinute), PeriodPhoneSendLimit: limit(1, 1, client.UnitMinute),
		})
		b.expect(t, "the phone's limit", phone, yes, noPhone, noPhone, noPhone)
		b.expect(t, "room for two more", "447700900123", yes)
		b.expect(t, "room for one more", "447700900124", yes)
		b.expect(t, "the total is named first", phone, noTotal)
		time.Sleep(time.Minute)
		b.expect(t, "no money", phone, "refused 200 -10", "refused 200 -10")
		if n := b.Stats().Refused; n["-28"] != 3 || n["-27"] != 1 || n["-10"] != 2 {
			t.Errorf("%v", n)
		}
	})
}

// TestLimitIsUpdated: what was sent in the period counts on.
func TestLimitIsUpdated(t *testing.T) {
	inBubble(t, sandbox.Config{}, func(t *testing.T, b bundle) {
		b.limited(t, client.AppSettings{PeriodTotalSendLimit: limit(2, 1, client.UnitMinute)})
		b.expect(t, "two", phone, yes, yes, noTotal)
		b.limited(t, client.AppSettings{PeriodTotalSendLimit: limit(3, 1, client.UnitMinute)})
		b.expect(t, "one more", phone, yes, noTotal)
		b.limited(t, client.AppSettings{PeriodTotalSendLimit: limit(1, 1, client.UnitMinute)})
		b.expect(t, "lower", phone, noTotal)
		b.limited(t, client.AppSettings{})
		time.Sleep(time.Hour)
		b.expect(t, "none", phone, yes, yes, yes, yes)
		b.limited(t, client.AppSettings{PeriodTotalSendLimit: limit(1, 1, client.UnitMinute)})
		b.expect(t, "again, from here on", phone, yes, noTotal)
	})
}

func TestPhonesAreBounded(t *testing.T) {
	inBubble(t, sandbox.Config{MaxSends: 2}, func(t *testing.T, b bundle) {
		b.limited(t, client.AppSettings{PeriodPhoneSendLimit: limit(1, 1, client.UnitHour)})
		for _, n := range []string{"1", "2", "3"} {
			b.expect(t, "first", strings.Repeat(n, 11), yes, noPhone)
		}
		b.expect(t, "the oldest is forgotten", "11111111111", yes)
		b.expect(t, "the newest is not", "33333333333", noPhone)
	})
}
