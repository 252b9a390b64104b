package account_test

import (
	"strings"
	"testing"

	"github.com/otpworker/otpworker/client"
	"github.com/otpworker/otpworker/client/account"
)

func TestLimitText(t *testing.T) {
	for text, want := range map[string]client.Limit{
		"off":            {},
		"3/1m":           {Enabled: true, Unit: client.UnitMinute, Period: 1, Limit: 3},
		"1000/24h":       {Enabled: true, Unit: client.UnitHour, Period: 24, Limit: 1000},
		"10/7d":          {Enabled: true, Unit: client.UnitDay, Period: 7, Limit: 10},
		"10000000000/9s": {Enabled: true, Unit: client.UnitSecond, Period: 9, Limit: 10_000_000_000},
	} {
		got, err := account.ParseLimit(text)
		if err != nil || got != want {
			t.Errorf("%s: %+v, %v", text, got, err)
		}
		if back := account.LimitText(&got); back != text {
			t.Errorf("%s comes back as %s", text, back)
		}
	}
	for limit, want := range map[*client.Limit]string{
		nil: "off", {Unit: client.UnitDay, Period: 1, Limit: 5}: "off", {Enabled: true, Unit: 9, Period: 2, Limit: 5}: "5/2 unit 9",
	} {
		if got := account.LimitText(limit); got != want {
			t.Errorf("%+v: %s", limit, got)
		}
	}
	for _, bad := range []string{
		"", "3", "3/m", "3/1", "3/1w", "3/0m", "3/91m", "0/1m", "10000000001/1m", "99999999999/1m", "-1/1m", "3 /1m", "3/1m ", "Off", "1e3/1h", "3/1m/1m",
	} {
		if got, err := account.ParseLimit(bad); err == nil || !strings.Contains(err.Error(), `"`+bad+`"`) {
			t.Errorf("%q: %+v, %v", bad, got, err)
		}
	}
}

func TestNodeText(t *testing.T) {
	for text, want := range map[string]client.FlowNode{
		"after=30s,on=failed,channel=sms":                      {WaitingTime: 30, Trigger: client.TriggerFailed, Channel: "sms"},
		"after=120s,on=not-verified,channel=call,keep-channel": {WaitingTime: 120, Trigger: client.TriggerNotVerified, Channel: "call", KeepChannel: true},
	} {
		got, err := account.ParseNode(text)
		if err != nil || got != want {
			t.Errorf("%s: %+v, %v", text, got, err)
		}
		if back := account.NodeText(got); back != text {
			t.Errorf("%s comes back as %s", text, back)
		}
	}
	got, err := account.ParseNode("channel=call, keep-channel, on=failed, after=1m30s")
	if want := (client.FlowNode{WaitingTime: 90, Trigger: client.TriggerFailed, Channel: "call", KeepChannel: true}); err != nil || got != want {
		t.Errorf("%+v, %v", got, err)
	}
	if got := account.NodeText(client.FlowNode{WaitingTime: 5, Trigger: 7, Channel: "sna"}); got != "after=5s,on=trigger 7,channel=sna" {
		t.Error(got)
	}
	for bad, want := range map[string]string{
		"":                                                "is not after, on, channel or keep-channel after: is missing on: is missing channel: is missing",
		"after=29s,on=failed,channel=sms":                 "after: must be 30s to 120s in whole seconds",
		"after=121s,on=failed,channel=sms":                "after: must be 30s to 120s in whole seconds",
		"after=30500ms,on=failed,channel=sms":             "after: must be 30s to 120s in whole seconds",
		"after=30,on=failed,channel=sms":                  "after: must be 30s to 120s in whole seconds",
		"after=30s,on=never,channel=sna":                  "on: must be failed or not-verified channel: must be sms or call",
		"after=30s,on=failed,channel=sms,keep":            "keep: is not after, on, channel or keep-channel",
		"after=30s,on=failed,channel=sms,keep-channel=no": "keep-channel: takes no value",
		"after=30s,after=40s,channel=sms":                 "after: stands there twice on: is missing",
	} {
		_, err := account.ParseNode(bad)
		if err == nil {
			t.Errorf("%q is taken", bad)
			continue
		}
		_, faults, _ := strings.Cut(err.Error(), ":\n")
		if got := strings.ReplaceAll(faults, "\n", " "); got != want {
			t.Errorf("%q:\n%s\nwant\n%s", bad, got, want)
		}
	}
}
