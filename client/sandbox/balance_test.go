package sandbox_test

import (
	"encoding/json"
	"slices"
	"testing"

	"github.com/otpworker/otpworker/client/sandbox"
)

func (b bundle) balance(t *testing.T) string {
	t.Helper()
	balance, err := b.client.Balance(t.Context())
	if err != nil || balance.Gift != "0.00" || balance.Credit != "0.00" {
		t.Fatalf("%+v, %v", balance, err)
	}
	return balance.Balance
}

// TestBalanceIsChargedPerMessage, delivered or not, and not below zero.
func TestBalanceIsChargedPerMessage(t *testing.T) {
	inBubble(t, sandbox.Config{Balance: new(sandbox.Amount(12_000)), Price: new(sandbox.Amount(4_000))}, func(t *testing.T, b bundle) {
		for _, step := range []struct{ to, want, left string }{
			{phone, "accepted", "0.80"},
			{"15552800001", "refused 200 -28", "0.80"},
			{"15559000001", "accepted", "0.40"},
			{"15556210001", "unknown 0", "0.00"}, // accepted, the answer lost
			{phone, "refused 200 -10", "0.00"},
		} {
			if got := b.send("", step.to); got != step.want {
				t.Errorf("%s: %s, want %s", step.to, got, step.want)
			}
			if left := b.balance(t); left != step.left {
				t.Errorf("%s: %s left, want %s", step.to, left, step.left)
			}
		}
	})
}

func TestBalanceByDefault(t *testing.T) {
	for name, tc := range map[string]struct {
		cfg         sandbox.Config
		before, out string
		pay         []string
	}{
		"without end":       {sandbox.Config{}, "1000000.00", "1000000.00", []string{"0.00"}},
		"a price, no end":   {sandbox.Config{Price: new(sandbox.Amount(500))}, "1000000.00", "1000000.00", []string{"0.05"}},
		"the default price": {sandbox.Config{Balance: new(sandbox.Amount(10_000))}, "1.00", "0.99", []string{"0.01"}},
		"free":              {sandbox.Config{Balance: new(sandbox.Amount(10_000)), Price: new(sandbox.Amount(0))}, "1.00", "1.00", []string{"0.00"}},
		"empty":             {sandbox.Config{Balance: new(sandbox.Amount(0))}, "0.00", "0.00", nil},
	} {
		inBubble(t, tc.cfg, func(t *testing.T, b bundle) {
			if got := b.balance(t); got != tc.before {
				t.Errorf("%s: %s before", name, got)
			}
			b.send("o", phone)
			if got := b.balance(t); got != tc.out {
				t.Errorf("%s: %s after", name, got)
			}
			var pay []string
			for _, m := range b.record(t, "o").Messages {
				pay = append(pay, m.SMS.Pay)
			}
			if !slices.Equal(pay, tc.pay) {
				t.Errorf("%s: paid %q", name, pay)
			}
		})
	}
}

// TestBalanceOnTheWire: texts, and beside the status.
func TestBalanceOnTheWire(t *testing.T) {
	h := sandbox.New(sandbox.Config{Balance: new(sandbox.Amount(1))}).Handler()
	want := `{"status":"0","reason":"success","balance":"0.0001","gift":"0.00","credit":"0.00"}`
	if got := text(t, h, get, "/sms/getBalance", ""); got != want {
		t.Errorf("%s", got)
	}
	if _, got := ask(t, h, get, "/sms/getBalance", "", map[string]string{"Api-Key": "other"}); got != "-1" {
		t.Errorf("another key: %s", got)
	}
}

func TestAmount(t *testing.T) {
	for text, want := range map[string]sandbox.Amount{
		"0": 0, "12.5": 125_000, "12.50": 125_000, "0.0001": 1, "7.": 70_000, "1000000000": 10_000_000_000_000,
	} {
		var got sandbox.Amount
		if err := got.UnmarshalText([]byte(text)); err != nil || got != want {
			t.Errorf("%s: %d, %v", text, got, err)
		}
	}
	for _, text := range []string{"", ".5", "-1", "+1", "1.00001", "1e3", "1,5", " 1", "1000000000.0001", "99999999999999999999"} {
		if err := new(sandbox.Amount).UnmarshalText([]byte(text)); err == nil {
			t.Errorf("%q is taken", text)
		}
	}
	for amount, want := range map[sandbox.Amount]string{0: "0.00", 100: "0.01", 125_000: "12.50", 1: "0.0001", -15_050: "-1.5050"} {
		if got, err := json.Marshal(amount); err != nil || string(got) != `"`+want+`"` {
			t.Errorf("%d: %s, %v", amount, got, err)
		}
	}
}
