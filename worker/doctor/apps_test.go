package doctor_test

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/otpworker/otpworker/client"
	"github.com/otpworker/otpworker/client/sandbox"
	"github.com/otpworker/otpworker/worker/doctor"
	"github.com/otpworker/otpworker/worker/queue"
)

// What the provider has for an app is held against what jobs expect of it.
func TestApps(t *testing.T) {
	for name, c := range map[string]struct {
		settings client.AppSettings
		id       string
		rate     float64
		appRate  float64
		fault    sandbox.Fault
		want     doctor.State
		detail   string
	}{
		"well":                 {want: doctor.OK, detail: "codes live 5m0s, jobs 5m0s by default"},
		"long codes":           {settings: client.AppSettings{CodeExpiry: 30}, want: doctor.OK, detail: "codes live 30m0s, jobs 5m0s by default"},
		"short codes":          {settings: client.AppSettings{CodeExpiry: 3}, want: doctor.Warn, detail: "codes live 3m0s, jobs 5m0s by default: one that waited can be expired when it arrives"},
		"limit without a rate": {settings: limited(3), want: doctor.OK, detail: "codes live 5m0s, jobs 5m0s by default"},
		"limit above the rate": {settings: limited(6), rate: 0.1, want: doctor.OK, detail: "codes live 5m0s, jobs 5m0s by default"},
		"limit below the rate": {
			settings: limited(5), rate: 0.1, want: doctor.Warn,
			detail: "the provider takes 5 sends in 1m0s, the worker may make 6 (0.1 per second): jobs beyond the limit wait, and can expire",
		},
		"limit below the app's rate": {
			settings: limited(5), rate: 0.01, appRate: 0.1, want: doctor.OK, detail: "codes live 5m0s, jobs 5m0s by default",
		},
		"limit that is off": {
			settings: client.AppSettings{PeriodTotalSendLimit: &client.Limit{Unit: client.UnitMinute, Period: 1, Limit: 5}},
			rate:     100, want: doctor.OK, detail: "codes live 5m0s, jobs 5m0s by default",
		},
		"unknown":      {id: "nobodys", want: doctor.Warn, detail: "not known to the provider: its jobs are rejected"},
		"out of order": {fault: sandbox.Fault{HTTP: 500, Others: true}, want: doctor.Warn, detail: "not looked at: call app/details: outcome unknown after HTTP 500: unexpected HTTP status"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				box, pipe := sandbox.New(sandbox.Config{Strict: true}), sandbox.Pipe()
				go func() { _ = box.Serve(pipe) }()
				synctest.Wait()
				provider := newClient(t, sandbox.DefaultSecret, pipe.Dial)
				c.settings.Name = "shop"
				app, err := provider.AddApp(t.Context(), c.settings)
				if err != nil {
					t.Fatal(err)
				}
				box.SetFault(c.fault)
				p := patient()
				p.Provider, p.Apps = provider, []string{app.AppID}
				p.Worker.Rate = c.rate
				if c.appRate > 0 {
					p.Worker.AppRates = map[string]float64{app.AppID: c.appRate}
				}
				if c.id != "" {
					p.Apps = []string{c.id}
				}
				got := named(doctor.Examine(t.Context(), p), doctor.AreaProvider, "app "+p.Apps[0])
				if len(got) != 1 || got[0].State != c.want || got[0].Detail != c.detail {
					t.Errorf("got %+v", got)
				}
				if len(got) == 1 && (got[0].Mend == "") != (c.want == doctor.OK) {
					t.Errorf("mend is %q", got[0].Mend)
				}
				provider.Close()
				if err := box.Close(); err != nil {
					t.Error(err)
				}
			})
		})
	}
}

func limited(sends int64) client.AppSettings {
	return client.AppSettings{PeriodTotalSendLimit: &client.Limit{Enabled: true, Unit: client.UnitMinute, Period: 1, Limit: sends}}
}

// The mend names a rate that the limit has room for.
func TestLowLimitNamesARate(t *testing.T) {
	for limit, want := range map[client.Limit]string{
		{Enabled: true, Unit: client.UnitDay, Period: 1, Limit: 3}:        "raise the app's periodTotalSendLimit",
		{Enabled: true, Unit: client.UnitDay, Period: 1}:                  "raise the app's periodTotalSendLimit",
		{Enabled: true, Unit: client.UnitMinute, Period: 1, Limit: 5999}:  "set OTPWORKER_APP_RATES=shop=99, or raise the app's periodTotalSendLimit",
		{Enabled: true, Unit: client.UnitMinute, Period: 1, Limit: 5}:     "set OTPWORKER_APP_RATES=shop=0.083, or raise the app's periodTotalSendLimit",
		{Enabled: true, Unit: client.UnitSecond, Period: 1, Limit: 50}:    "set OTPWORKER_APP_RATES=shop=50, or raise the app's periodTotalSendLimit",
		{Enabled: true, Unit: client.UnitDay, Period: 1, Limit: 1000_000}: "set OTPWORKER_APP_RATES=shop=11, or raise the app's periodTotalSendLimit",
	} {
		app := client.App{AppSettings: client.AppSettings{PeriodTotalSendLimit: &limit, CodeExpiry: 3}}
		got := doctor.JudgeApp("shop", app, 100, nil)
		if len(got) != 2 || got[0].State != doctor.Warn || got[1].Mend != want {
			t.Errorf("%+v: got %+v", limit, got)
		}
	}
}

// A rate that fits is no fault, whatever its decimals multiply to.
func TestRateThatFitsItsLimit(t *testing.T) {
	for limit, rate := range map[client.Limit]float64{
		{Enabled: true, Unit: client.UnitDay, Period: 1, Limit: 6048}:     0.07,
		{Enabled: true, Unit: client.UnitMinute, Period: 1, Limit: 120}:   2.01,
		{Enabled: true, Unit: client.UnitDay, Period: 90, Limit: 7776000}: 1,
	} {
		app := client.App{AppSettings: client.AppSettings{PeriodTotalSendLimit: &limit}}
		if got := doctor.JudgeApp("shop", app, rate, nil); len(got) != 1 || got[0].State != doctor.OK {
			t.Errorf("%+v at %v: %+v", limit, rate, got)
		}
	}
}

// An app with a rate of its own is looked at before it has jobs.
func TestAppsWithRatesAreLookedAt(t *testing.T) {
	withProvider(t, sandbox.Config{Strict: true}, sandbox.Fault{}, sandbox.DefaultSecret, func(t *testing.T, c *client.Client) {
		p := patient()
		p.Provider, p.Worker.AppRates = c, map[string]float64{"app0001": 5, "app0002": 5}
		p.Apps = []string{"app0002"}
		r := doctor.Examine(t.Context(), p)
		for _, name := range []string{"app app0001", "app app0002"} {
			if got := named(r, doctor.AreaProvider, name); len(got) != 1 || got[0].State != doctor.Warn {
				t.Errorf("%s: %+v", name, got)
			}
		}
	})
}

// Of many apps those that were named are looked at, and the rest is counted.
func TestManyAppsAreCounted(t *testing.T) {
	withProvider(t, sandbox.Config{}, sandbox.Fault{}, sandbox.DefaultSecret, func(t *testing.T, c *client.Client) {
		p := patient()
		p.Provider = c
		for i := range 25 {
			p.Apps = append(p.Apps, fmt.Sprintf("app-%d", 24-i))
		}
		r := doctor.Examine(t.Context(), p)
		if got := named(r, doctor.AreaProvider, "app app-24"); len(got) != 1 {
			t.Errorf("the first that was named: %+v", got)
		}
		if got := named(r, doctor.AreaProvider, "apps"); len(got) != 1 || got[0].Detail != "5 more apps are in use and not looked at" {
			t.Errorf("got %+v", got)
		}
	})
}

// The apps of the queue are looked at without being named.
func TestAppsOfTheQueue(t *testing.T) {
	withServer(t, func(t *testing.T, connect func(queue.Config) *queue.Queue) {
		q := connect(queue.DefaultConfig())
		if err := q.Provision(t.Context()); err != nil {
			t.Fatal(err)
		}
		busy(t, q)
		box, pipe := sandbox.New(sandbox.Config{}), sandbox.Pipe()
		go func() { _ = box.Serve(pipe) }()
		synctest.Wait()
		p := patient()
		provider := newClient(t, sandbox.DefaultSecret, pipe.Dial)
		p.Broker, p.Provider = q, provider
		start := time.Now()
		if got := named(doctor.Examine(t.Context(), p), doctor.AreaProvider, "app app1"); len(got) != 1 || got[0].State != doctor.OK {
			t.Errorf("got %+v", got)
		}
		if d := time.Since(start); d > 20*time.Second {
			t.Errorf("took %s", d)
		}
		provider.Close()
		if err := box.Close(); err != nil {
			t.Error(err)
		}
	})
}
