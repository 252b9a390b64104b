package client_test

import (
	"context"
	"errors"
	"math"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/otpworker/otpworker/client"
	"github.com/otpworker/otpworker/schema/redact"
)

func word(n int) string { return strings.Repeat("é", n) }

// TestInvalidRequests: every fault is named at once, and nothing is sent.
func TestInvalidRequests(t *testing.T) {
	c := newClient(t, client.Config{BaseURL: serve(t, func(http.ResponseWriter, *http.Request) { t.Error("an invalid request was sent") })})
	for _, tc := range invalidRequests() {
		t.Run(tc.name, func(t *testing.T) {
			err := tc.call(t.Context(), c)
			invalid, ok := errors.AsType[*client.InvalidRequestError](err)
			if !ok {
				t.Fatalf("got %v", err)
			}
			var got []string
			for _, f := range invalid.Faults {
				got = append(got, f.Field+": "+f.Problem)
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("faults (-want +got):\n%s", diff)
			}
			if want := "call " + tc.op + ": invalid request: " + strings.Join(tc.want, "; "); err.Error() != want {
				t.Errorf("got %s", err)
			}
			checkClean(t, "error", err, invalid.Faults)
		})
	}
}

// TestRangesAreInclusive: the ends of every range are sent.
func TestRangesAreInclusive(t *testing.T) {
	url := serve(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(`{"status":"-18"}`)) })
	c := newClient(t, client.Config{BaseURL: url})
	longest := redact.NewPhone("12345678901234")
	limit := func(unit client.PeriodUnit, period int, n int64) *client.Limit {
		return &client.Limit{Enabled: true, Unit: unit, Period: period, Limit: n}
	}
	node := func(wait int, trigger client.Trigger) client.FlowNode {
		return client.FlowNode{WaitingTime: wait, Trigger: trigger, Channel: client.ChannelCall}
	}
	for name, call := range map[string]func(context.Context) error{
		"sendRule, least": func(ctx context.Context) error {
			_, err := c.SendRule(ctx, client.SendRuleRequest{AppID: word(4), Code: redact.NewCode("1"), To: redact.NewPhone("1234567890")})
			return err
		},
		"sendRule, most": func(ctx context.Context) error {
			_, err := c.SendRule(ctx, client.SendRuleRequest{
				AppID: word(32), TemplateID: math.MaxInt64, Code: redact.NewCode(word(10)), FlowID: math.MaxInt64,
				To: longest, Channel: client.ChannelSNA, OrderID: word(64),
			})
			return err
		},
		"verify": func(ctx context.Context) error {
			_, err := c.Verify(ctx, client.VerifyRequest{VerificationID: strings.Repeat("_", 64), Code: redact.NewCode("1234")})
			return err
		},
		"app, least": func(ctx context.Context) error {
			_, err := c.AddApp(ctx, client.AppSettings{Name: word(4), CodeExpiry: 1, PeriodTotalSendLimit: limit(client.UnitDay, 1, 1)})
			return err
		},
		"app, most": func(ctx context.Context) error {
			_, err := c.AddApp(ctx, client.AppSettings{Name: word(32), CodeExpiry: 60, PeriodPhoneSendLimit: limit(client.UnitSecond, 90, 10_000_000_000)})
			return err
		},
		"template, least": func(ctx context.Context) error {
			_, err := c.AddTemplate(ctx, word(4), client.TemplateSettings{
				Name: word(4), Text: "##code##", CodeType: client.CodeNumeric, CodeLength: 4, SpeechRate: new(0), MaxDuration: 5, RepeatCnt: 1,
			})
			return err
		},
		"template, most": func(ctx context.Context) error {
			_, err := c.UpdateTemplate(ctx, "-", client.TemplateSettings{
				Name: word(32), Text: "##code##" + word(248), CodeType: client.CodeHex, CodeLength: 10, SpeechRate: new(100),
				Language: client.LanguageBD, MaxDuration: 599, RepeatCnt: 10,
			})
			return err
		},
		"flow": func(ctx context.Context) error {
			_, err := c.AddFlow(ctx, client.FlowSettings{Name: word(4), Flow: []client.FlowNode{
				node(30, client.TriggerFailed), node(120, client.TriggerNotVerified),
			}})
			return err
		},
		"conversion": func(ctx context.Context) error {
			return c.ReportConversion(ctx, client.Conversion{AppID: word(4), MCC: "460", Sent: 1, Verified: 1, Rate: 100, Time: at})
		},
	} {
		t.Run(name, func(t *testing.T) {
			if _, ok := errors.AsType[*client.RefusedError](call(t.Context())); !ok {
				t.Errorf("not sent: %v", call(t.Context()))
			}
		})
	}
}
