package sandbox_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/otpworker/otpworker/client"
	"github.com/otpworker/otpworker/client/sandbox"
)

const phone = "8613800138000"

func TestFaultTimes(t *testing.T) {
	inBubble(t, sandbox.Config{}, func(t *testing.T, b bundle) {
		b.SetFault(sandbox.Fault{HTTP: 503, Times: 2})
		var got []string
		for range 3 {
			got = append(got, b.send("o", phone))
		}
		if want := []string{"unknown 503", "unknown 503", "accepted"}; !slices.Equal(got, want) {
			t.Errorf("got %q, want %q", got, want)
		}
	})
}

func TestFaultPercentIsSpreadByCount(t *testing.T) {
	inBubble(t, sandbox.Config{}, func(t *testing.T, b bundle) {
		b.SetFault(sandbox.Fault{Status: "-18", Percent: 25})
		for range 200 {
			b.send("", phone)
		}
		if stats := b.Stats(); stats.Refused["-18"] != 50 || stats.Accepted != 150 {
			t.Errorf("%+v", stats)
		}
	})
}

func TestFaultIsReplaced(t *testing.T) {
	inBubble(t, sandbox.Config{}, func(t *testing.T, b bundle) {
		b.SetFault(sandbox.Fault{Drop: sandbox.DropBefore})
		if got := b.send("o", phone); got != "unknown 0" || b.Stats().Accepted != 0 {
			t.Error(got)
		}
		b.SetFault(sandbox.Fault{})
		if got := b.send("o", phone); got != "accepted" {
			t.Error(got)
		}
	})
}

func TestFaultOnRecords(t *testing.T) {
	inBubble(t, sandbox.Config{}, func(t *testing.T, b bundle) {
		b.send("o", phone)
		b.SetFault(sandbox.Fault{HTTP: 500})
		if !b.record(t, "o").Found {
			t.Error("a fault of sends spoils the record query")
		}
		for fault, want := range map[sandbox.Fault]string{
			{HTTP: 500, Records: true}:      "unknown 500",
			{Status: "-18", Records: true}:  "refused 200 -18",
			{CutBody: true, Records: true}:  "unknown 200",
			{Throttle: 30, Records: true}:   "throttled 429 30s",
			{Hang: true, Records: true}:     "unknown 0",
			{Garbage: true, Records: true}:  "unknown 200",
			{Drop: "after", Records: true}:  "unknown 0",
			{Redirect: true, Records: true}: "unknown 307",
		} {
			b.SetFault(fault)
			if got := b.recordOutcome("o"); got != want {
				t.Errorf("%+v: %s, want %s", fault, got, want)
			}
		}
	})
}

// TestFaultOnOthers: settings are left alone unless the fault names them; one
// that shows after the deed has done it.
func TestFaultOnOthers(t *testing.T) {
	inBubble(t, sandbox.Config{}, func(t *testing.T, b bundle) {
		add := func(name string) string {
			_, err := b.client.AddApp(t.Context(), client.AppSettings{Name: name})
			return outcome(err)
		}
		for i, step := range []struct {
			fault sandbox.Fault
			want  string
		}{
			{sandbox.Fault{HTTP: 500}, "accepted"},
			{sandbox.Fault{HTTP: 500, Records: true}, "accepted"},
			{sandbox.Fault{HTTP: 500, Others: true}, "unknown 500"},
			{sandbox.Fault{HTTP: 500, Others: true, Accept: true}, "unknown 500"},
			{sandbox.Fault{Status: "-2", Others: true}, "refused 200 -2"},
		} {
			b.SetFault(step.fault)
			if got := add(fmt.Sprint("app ", i)); got != step.want {
				t.Errorf("%+v: %s, want %s", step.fault, got, step.want)
			}
		}
		b.SetFault(sandbox.Fault{})
		for i, want := range []string{"refused 200 -20", "refused 200 -20", "accepted", "refused 200 -20", "accepted"} {
			if got := add(fmt.Sprint("app ", i)); got != want {
				t.Errorf("app %d again: %s, want %s", i, got, want)
			}
		}
		if s := b.Stats(); s.Others != 10 || len(s.Refused) != 0 {
			t.Errorf("%+v", s)
		}
	})
}

func TestLatencyAcceptsFirst(t *testing.T) {
	inBubble(t, sandbox.Config{Latency: time.Second}, func(t *testing.T, b bundle) {
		b.SetFault(sandbox.Fault{Latency: 2 * time.Second})
		start := time.Now()
		if got := b.send("o", phone); got != "accepted" || time.Since(start) != 3*time.Second {
			t.Errorf("%s after %v", got, time.Since(start))
		}
		if at := b.Sends("o")[0].At; !at.Equal(start) {
			t.Errorf("accepted %v after the request", at.Sub(start))
		}
	})
}

func TestFaultJSON(t *testing.T) {
	f := sandbox.Fault{Latency: 150 * time.Millisecond, Drop: "after", Times: 3, Percent: 10, Undelivered: "sms", Records: true, Others: true}
	body, err := json.Marshal(f)
	if err != nil {
		t.Fatal(err)
	}
	if want := `{"drop":"after","undelivered":"sms","times":3,"percent":10,"records":true,"others":true,"latency":"150ms"}`; string(body) != want {
		t.Errorf("got %s", body)
	}
	var back sandbox.Fault
	if err := json.Unmarshal(body, &back); err != nil || back != f {
		t.Errorf("%+v, %v", back, err)
	}
	for _, bad := range []string{
		`{"latency":"soon"}`, `{"latency":"-1s"}`, `{"drop":"later"}`, `{"http":200}`, `{"percent":101}`,
		`{"throttle":-1}`, `{"undelivered":"fax"}`, `{"times":-1}`, `{"hangs":true}`, `{"http":"500"}`, `[]`,
	} {
		if err := json.Unmarshal([]byte(bad), &back); err == nil {
			t.Errorf("%s is taken", bad)
		}
	}
}
