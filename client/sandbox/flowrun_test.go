package sandbox_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/otpworker/otpworker/client"
	"github.com/otpworker/otpworker/client/sandbox"
	"github.com/otpworker/otpworker/schema/redact"
)

// flow adds a flow and returns a send that runs it.
func (b bundle) flow(t *testing.T, nodes ...client.FlowNode) client.SendRuleRequest {
	t.Helper()
	f, err := b.client.AddFlow(t.Context(), client.FlowSettings{Name: "flow", Flow: nodes})
	if err != nil || f.FlowID != "2001" {
		t.Fatalf("%+v, %v", f, err)
	}
	r := request("o")
	r.FlowID = 2001
	return r
}

const (
	failed      = client.TriggerFailed
	notVerified = client.TriggerNotVerified

	deaf     = "15559000001" // nothing is delivered
	callOnly = "15559100001" // no SMS is delivered
)

func node(wait int, on client.Trigger, channel string) client.FlowNode {
	return client.FlowNode{WaitingTime: wait, Trigger: on, Channel: channel}
}

func keep(n client.FlowNode) client.FlowNode { n.KeepChannel = true; return n }

// TestFlow runs a flow of several nodes to its end, to the second; after is
// the inbox by then.
func TestFlow(t *testing.T) {
	const text = " Your verification code is 1234."
	for _, tc := range []struct {
		name, to, channel string
		delay             time.Duration
		nodes             []client.FlowNode
		want              []string
	}{
		{
			"not verified", phone, "", 0,
			[]client.FlowNode{node(30, notVerified, "call"), node(120, notVerified, "sms")},
			[]string{"00:00 sms sent", "00:30 call#1 sent", "02:30 sms#2 sent"},
		},
		{
			"failed", deaf, "", 0,
			[]client.FlowNode{node(60, failed, "call"), node(30, failed, "sms")},
			[]string{"00:00 sms failed", "01:00 call#1 failed", "01:30 sms#2 failed"},
		},
		{
			"failed, then a call gets through", callOnly, "", 0,
			[]client.FlowNode{node(30, failed, "call"), node(30, failed, "sms"), node(30, notVerified, "call")},
			[]string{"00:00 sms failed", "00:30 call#1 sent", "01:30 call#3 sent"},
		},
		{
			"passed over, though its time counts", phone, "", 0,
			[]client.FlowNode{node(90, failed, "call"), node(60, notVerified, "call")},
			[]string{"00:00 sms sent", "02:30 call#2 sent"},
		},
		{
			"failed is not verified either", deaf, "", 0,
			[]client.FlowNode{node(30, notVerified, "call")},
			[]string{"00:00 sms failed", "00:30 call#1 failed"},
		},
		{
			"the channel is kept", phone, "call", 0,
			[]client.FlowNode{keep(node(30, notVerified, "sms")), node(30, notVerified, "sms"), keep(node(30, notVerified, "call"))},
			[]string{"00:00 call sent", "00:30 call#1 sent", "01:00 sms#2 sent", "01:30 sms#3 sent"},
		},
		{
			"the failure is reported in time", deaf, "", 30 * time.Second,
			[]client.FlowNode{node(30, failed, "call")},
			[]string{"00:00 sms failed", "00:30 call#1 failed"},
		},
		{
			"the failure is reported too late", deaf, "", 31 * time.Second,
			[]client.FlowNode{node(30, failed, "call")},
			[]string{"00:00 sms failed"},
		},
		{
			"until the code expires", phone, "", 0,
			[]client.FlowNode{node(120, notVerified, "sms"), node(120, notVerified, "sms"), node(60, notVerified, "sms"), node(30, notVerified, "sms")},
			[]string{"00:00 sms sent", "02:00 sms#1 sent", "04:00 sms#2 sent"},
		},
	} {
		t.Run(tc.name, func(t *testing.T) {
			inBubble(t, sandbox.Config{DeliveryDelay: tc.delay}, func(t *testing.T, b bundle) {
				r := b.flow(t, tc.nodes...)
				r.To, r.Channel = redact.NewPhone(tc.to), tc.channel
				id := b.sent(t, r)
				time.Sleep(10 * time.Minute)
				for i := range tc.want {
					tc.want[i] += text
				}
				if diff := cmp.Diff(tc.want, b.inbox()); diff != "" {
					t.Error(diff)
				}
				if n := len(b.record(t, "o").Messages); n != len(tc.want) {
					t.Errorf("%d messages in the record", n)
				}
				if s := b.Stats(); s.FollowUps != int64(len(tc.want)-1) || s.Accepted != 1 || len(b.Sends("o")) != 1 {
					t.Errorf("%+v", s)
				}
				for _, m := range b.Inbox() {
					if m.VerificationID != id || m.OrderID != "o" {
						t.Errorf("%+v", m)
					}
				}
			})
		})
	}
}

// TestFlowEnds with the right code, wherever it was entered, and with a
// resend, and not with a wrong one.
func TestFlowEnds(t *testing.T) {
	for name, tc := range map[string]struct {
		event func(*testing.T, bundle, string)
		want  int
	}{
		"nothing":    {func(*testing.T, bundle, string) {}, 4},
		"wrong code": {func(t *testing.T, b bundle, id string) { b.verdict(t, id, "4321") }, 4},
		"right code": {func(t *testing.T, b bundle, id string) { b.verdict(t, id, "1234") }, 2},
		"report": {func(t *testing.T, b bundle, id string) {
			used := client.CodeUsed{AppID: "app1", VerificationID: id, Time: time.Now().AddDate(26, 0, 0)}
			if err := b.client.ReportCodeUsed(t.Context(), used); err != nil {
				t.Error(err)
			}
		}, 2},
		"resend": {func(t *testing.T, b bundle, id string) {
			if _, err := b.resend(id, ""); err != nil {
				t.Error(err)
			}
		}, 2 + 4},
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, sandbox.Config{}, func(t *testing.T, b bundle) {
				id := b.sent(t, b.flow(t, node(30, notVerified, "call"), node(30, notVerified, "call"), node(30, notVerified, "call")))
				time.Sleep(45 * time.Second)
				tc.event(t, b, id)
				time.Sleep(10 * time.Minute)
				if n := len(b.record(t, "o").Messages); n != tc.want {
					t.Errorf("%d messages, want %d: %q", n, tc.want, b.inbox())
				}
			})
		})
	}
}

// TestFlowMessagesCountAndCost: one that cannot be sent is a failure to the
// next node.
func TestFlowMessagesCountAndCost(t *testing.T) {
	for name, tc := range map[string]struct {
		balance sandbox.Amount
		app     client.AppSettings
	}{
		"balance": {balance: 200},
		"total":   {balance: 1000, app: client.AppSettings{PeriodTotalSendLimit: limit(2, 1, client.UnitHour)}},
		"phone":   {balance: 1000, app: client.AppSettings{PeriodPhoneSendLimit: limit(2, 1, client.UnitHour)}},
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, sandbox.Config{Balance: &tc.balance, Price: new(sandbox.Amount(100))}, func(t *testing.T, b bundle) {
				b.limited(t, tc.app)
				b.sent(t, b.flow(t, node(30, notVerified, "call"), node(30, notVerified, "call"), node(30, failed, "sms")))
				time.Sleep(70 * time.Second)
				if got := b.inbox(); len(got) != 2 {
					t.Errorf("%q", got)
				}
				b.limited(t, client.AppSettings{})
				time.Sleep(10 * time.Minute)
				got, want := len(b.inbox()), 3 // the last node's trigger is the failure of the second
				if name == "balance" {
					want = 2
				}
				if got != want {
					t.Errorf("%d messages, want %d", got, want)
				}
			})
		})
	}
}

// TestFlowIsUpdated: what runs goes on as it began.
func TestFlowIsUpdated(t *testing.T) {
	inBubble(t, sandbox.Config{}, func(t *testing.T, b bundle) {
		r := b.flow(t, node(60, notVerified, "call"))
		b.sent(t, r)
		if _, err := b.client.UpdateFlow(t.Context(), "2001", client.FlowSettings{Name: "flow", Flow: []client.FlowNode{node(30, notVerified, "sms")}}); err != nil {
			t.Fatal(err)
		}
		time.Sleep(10 * time.Minute)
		r.OrderID = "later"
		b.sent(t, r)
		time.Sleep(10 * time.Minute)
		want := []string{"00:00 sms", "01:00 call#1", "10:00 sms", "10:30 sms#1"}
		for i := range want {
			want[i] += " sent Your verification code is 1234."
		}
		if diff := cmp.Diff(want, b.inbox()); diff != "" {
			t.Error(diff)
		}
	})
}

// TestForgottenFlows: what is forgotten sends nothing more.
func TestForgottenFlows(t *testing.T) {
	inBubble(t, sandbox.Config{MaxSends: 1}, func(t *testing.T, b bundle) {
		r := b.flow(t, node(30, notVerified, "call"))
		first := b.sent(t, r)
		r.OrderID = "next"
		b.sent(t, r)
		time.Sleep(10 * time.Minute)
		if s := b.Stats(); s.FollowUps != 1 {
			t.Errorf("%+v", s)
		}
		if got := b.verdict(t, first, "1234"); got != client.VerdictNoSuchID {
			t.Errorf("the forgotten one: %v", got)
		}
	})
}
