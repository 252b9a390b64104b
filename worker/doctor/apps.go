package doctor

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"time"

	"github.com/otpworker/otpworker/client"
	"github.com/otpworker/otpworker/schema"
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
	ctx, cancel := context.WithTimeout(ctx, askTimeout)
	defer cancel()
	ids := slices.Clone(p.Apps) // those that were named come first
	if p.Broker != nil {
		used, err := p.Broker.Apps(ctx)
		if err != nil && len(ids) == 0 {
			return nil // the checks of the broker say why
		}
		ids = append(ids, slices.DeleteFunc(used, func(id string) bool { return slices.Contains(p.Apps, id) })...)
	}
	for _, id := range ids[:min(len(ids), maxApps)] {
		app, err := catalog.AppDetails(ctx, id)
		r = append(r, judgeApp(id, app, p.Worker.RateOf(id), err)...)
	}
	if more := len(ids) - maxApps; more > 0 {
		r = append(r, Check{
			Area: AreaProvider, Name: "apps", State: Warn, Detail: fmt.Sprintf("%d more apps are in use and not looked at", more),
			Mend: "name those that matter with --app",
		})
	}
	return r
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
		c.State, c.Detail, c.Mend = Warn, "not looked at: "+err.Error(), "try again"
		return Report{c}
	}
	expiry := codeExpiry(app)
	var faults Report
	if expiry < schema.DefaultTTL {
		faults = append(faults, shortCodes(c, expiry))
	}
	if limit := app.PeriodTotalSendLimit; limit != nil && limit.Enabled && rate > 0 && rate*limit.Duration().Seconds() > float64(limit.Limit) {
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
	fits := float64(limit.Limit) / period.Seconds()
	c.State = Warn
	c.Detail = fmt.Sprintf("the provider takes %d sends in %s, the worker may make %.0f (%v per second): jobs beyond the limit wait, and can expire",
		limit.Limit, period, math.Floor(rate*period.Seconds()), rate)
	c.Mend = fmt.Sprintf("set OTPWORKER_APP_RATES=%s=%s, or raise the app's periodTotalSendLimit", id, roundDown(fits))
	return c
}

// roundDown writes a rate with two figures, and not above it.
func roundDown(rate float64) string {
	unit := math.Pow(10, math.Floor(math.Log10(rate))-1)
	return strconv.FormatFloat(math.Floor(rate/unit+1e-9)*unit, 'g', 2, 64)
}

// defaultCodeExpiry is the provider's own (provider page: /api/otp/appAdd).
const defaultCodeExpiry = 5 * time.Minute

func codeExpiry(app client.App) time.Duration {
	if app.CodeExpiry == 0 {
		return defaultCodeExpiry
	}
	return time.Duration(app.CodeExpiry) * time.Minute
}
