package worker

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

func TestDefaultConfigIsValid(t *testing.T) {
	c := DefaultConfig()
	if err := c.Validate(); err != nil {
		t.Error(err)
	}
	if err := c.CheckTimes(30 * time.Second); err != nil {
		t.Error(err)
	}
	if c.Slots() != c.InteractiveSlots+c.BatchSlots {
		t.Errorf("%d slots", c.Slots())
	}
}

// Every bound of every field: the last value that passes and the first that
// does not, with the variable's name in the fault.
func TestValidateBounds(t *testing.T) {
	for _, c := range []struct {
		name      string
		set       func(*Config, float64)
		good, bad []float64 // durations in milliseconds
	}{
		{"INTERACTIVE_SLOTS", func(c *Config, v float64) { c.InteractiveSlots = int(v) }, []float64{1, 4096}, []float64{0, -1, 4097}},
		{"BATCH_SLOTS", func(c *Config, v float64) { c.BatchSlots = int(v) }, []float64{1, 4096}, []float64{0, -1, 4097}},
		{"BREAKER_FAILURES", func(c *Config, v float64) { c.BreakerFailures = int(v) }, []float64{1, 1000}, []float64{0, -1, 1001}},
		{"RECORD_GRACE", func(c *Config, v float64) { c.Grace = ms(v) }, []float64{0, 120_000}, []float64{-1, 120_001}},
		{"RETRY_INITIAL", func(c *Config, v float64) { c.RetryInitial, c.RetryMax = ms(v), 2*time.Minute }, []float64{10, 60_000}, []float64{9, 0, -1, 60_001}},
		{"RETRY_MAX", func(c *Config, v float64) { c.RetryMax = ms(v) }, []float64{500, 600_000}, []float64{499, 0, -1, 600_001}},
		{"RETRY_JITTER", func(c *Config, v float64) { c.RetryJitter = v }, []float64{0, 0.5, 1}, []float64{-0.001, 1.001, math.NaN(), math.Inf(1)}},
		{"RETRY_IN_PLACE", func(c *Config, v float64) { c.RetryInPlace = ms(v) }, []float64{0, 60_000}, []float64{-1, 60_001}},
		{"BREAKER_OPEN", func(c *Config, v float64) { c.BreakerOpen = ms(v) }, []float64{100, 300_000}, []float64{99, 0, -1, 300_001}},
		{"ACCOUNT_OPEN", func(c *Config, v float64) { c.AccountOpen = ms(v) }, []float64{100, 300_000}, []float64{99, 0, -1, 300_001}},
		{"DRAIN_TIMEOUT", func(c *Config, v float64) { c.DrainTimeout = ms(v) }, []float64{0, 600_000}, []float64{-1, 600_001}},
	} {
		t.Run(c.name, func(t *testing.T) {
			for _, v := range c.good {
				cfg := DefaultConfig()
				c.set(&cfg, v)
				if err := cfg.Validate(); err != nil {
					t.Errorf("%v: %v", v, err)
				}
			}
			for _, v := range c.bad {
				cfg := DefaultConfig()
				c.set(&cfg, v)
				err := cfg.Validate()
				if err == nil || !strings.HasPrefix(err.Error(), "OTPWORKER_"+c.name+": ") || !strings.Contains(err.Error(), "(example ") {
					t.Errorf("%v: %v, want a fault of OTPWORKER_%s with an example", v, err, c.name)
				}
			}
		})
	}
}

func ms(v float64) time.Duration { return time.Duration(v) * time.Millisecond }

func TestValidateReportsAllFaultsAtOnce(t *testing.T) {
	c := Config{RetryInPlace: -1, Grace: -1, DrainTimeout: -1, RetryJitter: 2, RetryMax: -1, Classify: map[string]Class{"-28": "maybe", "-9": "never"}}
	err := c.Validate()
	if err == nil {
		t.Fatal("no fault")
	}
	lines := strings.Split(err.Error(), "\n")
	want := []string{
		"LEDGER", "INTERACTIVE_SLOTS", "BATCH_SLOTS", "BREAKER_FAILURES", "RECORD_GRACE", "RETRY_INITIAL", "RETRY_MAX", "RETRY_IN_PLACE",
		"BREAKER_OPEN", "ACCOUNT_OPEN", "APP_OPEN", "DRAIN_TIMEOUT", "RETRY_JITTER", "CLASSIFY", "CLASSIFY",
	}
	if len(lines) != len(want) {
		t.Fatalf("%d faults, want %d:\n%v", len(lines), len(want), err)
	}
	for i, name := range want {
		if !strings.HasPrefix(lines[i], "OTPWORKER_"+name+": ") {
			t.Errorf("fault %d is %q, want one of %s", i+1, lines[i], name)
		}
	}
}

// A rate outside the range would be a limit that nobody keeps.
func TestValidateRates(t *testing.T) {
	nan := math.NaN()
	for name, c := range map[string]struct {
		account float64
		apps    map[string]float64
		want    []string
	}{
		"none":            {},
		"both":            {account: 100, apps: map[string]float64{"myapp01": 0.01}},
		"below":           {account: 0.001, want: []string{"OTPWORKER_RATE: 0.001 is not 0.01 to 100000, or 0 for no limit (example 100)"}},
		"negative":        {account: -1, want: []string{"OTPWORKER_RATE: -1 is not 0.01 to 100000, or 0 for no limit (example 100)"}},
		"not a number":    {account: nan, want: []string{"OTPWORKER_RATE: NaN is not 0.01 to 100000, or 0 for no limit (example 100)"}},
		"an app's is 0":   {apps: map[string]float64{"myapp01": 0}, want: []string{"OTPWORKER_APP_RATES: 0 for myapp01 is not 0.01 to 100000 (example myapp01=10)"}},
		"not an app's":    {apps: map[string]float64{"a b": 1}, want: []string{`OTPWORKER_APP_RATES: "a b" is no app id (example myapp01=10)`}},
		"too many apps":   {apps: manyRates(1025), want: []string{"OTPWORKER_APP_RATES: 1025 apps are more than 1024: limit fewer, or the account by OTPWORKER_RATE"}},
		"all that may be": {apps: manyRates(1024)},
	} {
		t.Run(name, func(t *testing.T) {
			cfg := DefaultConfig()
			cfg.Rate, cfg.AppRates = c.account, c.apps
			var got []string
			if err := cfg.Validate(); err != nil {
				got = strings.Split(err.Error(), "\n")
			}
			if !slices.Equal(got, c.want) {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

func manyRates(n int) map[string]float64 {
	rates := map[string]float64{}
	for i := range n {
		rates[fmt.Sprintf("app-%d", i)] = 1
	}
	return rates
}

func TestRateOf(t *testing.T) {
	c := Config{Rate: 5, AppRates: map[string]float64{"slow": 2, "fast": 9}}
	for appID, want := range map[string]float64{"slow": 2, "fast": 5, "other": 5} {
		if got := c.RateOf(appID); got != want {
			t.Errorf("rate of %s is %v, want %v", appID, got, want)
		}
	}
	if got := (Config{AppRates: map[string]float64{"slow": 2}}).RateOf("slow"); got != 2 {
		t.Errorf("without the account's rate an app's is %v", got)
	}
}

// An override that can never match would look like one that works.
func TestValidateClassify(t *testing.T) {
	for status, good := range map[string]bool{
		"-28": true, "-99": true, "7": true,
		"0": false, "": false, "-028": false, " -28": false, "-28 ": false, "+7": false, "phone_limit": false, "other": false, "-2.8": false,
	} {
		c := DefaultConfig()
		c.Classify = map[string]Class{status: Transient}
		if err := c.Validate(); (err == nil) != good {
			t.Errorf("status %q: %v", status, err)
		}
	}
	for class, good := range map[Class]bool{
		Permanent: true, Transient: true, ClassUnknown: true,
		"": false, "Permanent": false, "transient ": false, "refused": false,
	} {
		c := DefaultConfig()
		c.Classify = map[string]Class{"-28": class}
		if err := c.Validate(); (err == nil) != good {
			t.Errorf("class %q: %v", class, err)
		}
	}
}

// The longest call and the longest wait in the slot fit into AckWait.
func TestCheckTimes(t *testing.T) {
	c := DefaultConfig()
	need := 8*time.Second + 2*time.Second + 3*time.Second
	for ackWait, good := range map[time.Duration]bool{
		need: true, time.Hour: true, need - 1: false, 5 * time.Second: false, 0: false,
	} {
		err := c.CheckTimes(ackWait)
		if (err == nil) != good {
			t.Errorf("AckWait %s: %v", ackWait, err)
		}
		if err != nil && !strings.HasPrefix(err.Error(), "OTPWORKER_ACK_WAIT: ") {
			t.Errorf("AckWait %s: %v does not begin with the variable", ackWait, err)
		}
	}
}

// Rights for replies must be no rights to queue jobs.
func TestValidateReplyAllow(t *testing.T) {
	for pattern, want := range map[string]string{
		"answers.>": "", "otp.v1.reply.>": "",
		"$JS.>":        "is no pattern of subjects that replies may go to",
		"a b":          "is no pattern of subjects that replies may go to",
		"otp.v1.job.>": "takes in the worker's own subjects",
		">":            "takes in the worker's own subjects",
	} {
		cfg := DefaultConfig()
		cfg.ReplyAllow = []string{pattern}
		err := cfg.Validate()
		if want == "" && err != nil || want != "" && (err == nil || !strings.HasPrefix(err.Error(), "OTPWORKER_REPLY_ALLOW: "+strconv.Quote(pattern)+" "+want)) {
			t.Errorf("%s: %v, want %q", pattern, err, want)
		}
	}
}
