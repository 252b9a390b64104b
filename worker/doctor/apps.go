package doctor

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/otpworker/otpworker/client"
	"github.com/otpworker/otpworker/schema"
	"github.com/otpworker/otpworker/worker/pace"
)

// maxApps bounds the apps that are looked at.
const maxApps = 20

// A Catalog tells an app's settings. A [Provider] that is one is asked about the
// apps in use. [client.Client] is one.
type Catalog interface {
	AppDetails(ctx context.Context, appID string) (client.App, error)
}

// examineApps looks for settings of apps that contradict the worker's.
func examineApps(ctx context.Context, p Patient) (r Report) {
	catalog, ok := p.Provider.(Catalog)
	if !ok {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, 2*askTimeout)
	defer cancel()
	ids := p.appsInUse(ctx)
	looked := make([]Report, min(len(ids), maxApps))
	var looking sync.WaitGroup
	turns := make(chan struct{}, 5)
	for i, id := range ids[:len(looked)] {
		looking.Go(func() {
			turns <- struct{}{}
			defer func() { <-turns }()
			app, err := catalog.AppDetails(ctx, id)
			looked[i] = judgeApp(id, app, p.Worker.RateOf(id), err)
		})
	}
	looking.Wait()
	r = slices.Concat(looked...)
	if more := len(ids) - maxApps; more > 0 {
		r = append(r, Check{
			Area: AreaProvider, Name: "apps", State: Warn, Detail: fmt.Sprintf("%d more apps are in use and not looked at", more),
			Mend: "name those that matter with --app",
		})
	}
	return r
}

// appsInUse are those that were named, then those with a rate of their own, then
// those that have jobs or results. If the queue cannot be looked at, the checks of
// the broker say why.
func (p Patient) appsInUse(ctx context.Context) []string {
	ids := append(slices.Clone(p.Apps), slices.Sorted(maps.Keys(p.Worker.AppRates))...)
	if p.Broker != nil {
		if used, err := p.Broker.Apps(ctx); err == nil {
			ids = append(ids, used...)
		}
	}
	seen := map[string]bool{}
	return slices.DeleteFunc(ids, func(id string) bool {
		twice := seen[id]
		seen[id] = true
		return twice
	})
}

// judgeApp has one line for an app that is well, else one for each thing that is
// not. rate is how many sends per second the worker may make for it; 0: no limit.
func judgeApp(id string, app client.App, rate float64, err error) Report {
	c := Check{Area: AreaProvider, Name: "app " + id, State: OK}
	refused, isRefused := errors.AsType[*client.RefusedError](err)
	switch {
	case isRefused && (refused.Status == client.StatusNotFound || refused.Status == client.StatusInvalidParameter):
		c.State, c.Detail = Warn, "not known to the provider: its jobs are rejected"
		c.Mend = "otpworker provider app create makes an app; the provider chooses its id"
		return Report{c}
	case err != nil:
		c.State, c.Detail, c.Mend = Warn, "not looked at: "+err.Error(), "otpworker doctor --app "+id+" looks at it alone"
		return Report{c}
	}
	expiry := codeExpiry(app)
	var faults Report
	if expiry < schema.DefaultTTL {
		faults = append(faults, shortCodes(c, expiry))
	}
	if limit := app.PeriodTotalSendLimit; limit != nil && limit.Enabled && sends(rate, limit.Duration()) > limit.Limit {
		faults = append(faults, lowLimit(c, id, *limit, rate))
	}
	if len(faults) > 0 {
		return faults
	}
	c.Detail = fmt.Sprintf("codes live %s, jobs %s by default", expiry, schema.DefaultTTL)
	return Report{c}
}

func shortCodes(c Check, expiry time.Duration) Check {
	c.State = Warn
	c.Detail = fmt.Sprintf("codes live %s, jobs %s by default: one that waited can be expired when it arrives", expiry, schema.DefaultTTL)
	c.Mend = fmt.Sprintf("raise the app's codeExpiry to %d minutes, or give its jobs ttlSeconds of %d at most",
		int(schema.DefaultTTL.Minutes()), int(expiry.Seconds()))
	return c
}

// lowLimit is about a limit that the worker's rate runs into: the app's jobs are
// refused with -27 then and wait, each time longer, though the rate would allow
// them.
func lowLimit(c Check, id string, limit client.Limit, rate float64) Check {
	period := limit.Duration()
	c.State = Warn
	c.Detail = fmt.Sprintf("the provider takes %d sends in %s, the worker may make %d (%v per second): jobs beyond the limit wait, and can expire",
		limit.Limit, period, sends(rate, period), rate)
	c.Mend = "raise the app's periodTotalSendLimit"
	if fits := roundDown(float64(limit.Limit) / period.Seconds()); fits >= pace.MinRate {
		c.Mend = fmt.Sprintf("set OTPWORKER_APP_RATES=%s=%s, or %s", id, strconv.FormatFloat(fits, 'f', -1, 64), c.Mend)
	}
	return c
}

// sends is how many whole sends a rate makes in a period. A little is added:
// rates are decimal and products of them are not.
func sends(rate float64, period time.Duration) int64 {
	return int64(math.Floor(rate*period.Seconds()*(1+1e-12) + 1e-6))
}

// roundDown keeps two figures of a rate.
func roundDown(rate float64) float64 {
	if rate <= 0 {
		return 0
	}
	figures := math.Pow(10, 1-math.Floor(math.Log10(rate)))
	return math.Floor(rate*figures+1e-9) / figures
}

// defaultCodeExpiry is the provider's own (provider page: /api/otp/appAdd).
const defaultCodeExpiry = 5 * time.Minute

func codeExpiry(app client.App) time.Duration {
	if app.CodeExpiry == 0 {
		return defaultCodeExpiry
	}
	return time.Duration(app.CodeExpiry) * time.Minute
}
