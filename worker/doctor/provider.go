package doctor

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/nats-io/nuid"

	"github.com/otpworker/otpworker/client"
)

// askTimeout bounds the questions to the provider, all together.
const askTimeout = 5 * time.Second

// Statuses that refuse the caller and not what it asks for.
const (
	statusAuth      = "-1"
	statusIP        = "-2"
	statusTimestamp = "-16"
)

// examineProvider asks for the record of an order that cannot exist: the answer
// proves address, TLS and signature, and no message is sent.
func examineProvider(ctx context.Context, p Provider) Report {
	if p == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, askTimeout)
	defer cancel()
	took, err := ask(ctx, p)
	if refusedWith(err, statusTimestamp) {
		took, err = ask(ctx, p) // signed anew, with the provider's own time
	}
	report := Report{judge(err, took)}
	if !answered(err) {
		return report
	}
	return append(report, clock(AreaProvider, "provider", certain(p.ClockOffset(), took)))
}

// certain is what is left of an offset when the answer may have been stamped at
// any time since the question.
func certain(offset, took time.Duration) time.Duration {
	if offset < 0 {
		return min(0, offset+took)
	}
	return max(0, offset-took)
}

func ask(ctx context.Context, p Provider) (took time.Duration, err error) {
	start := time.Now()
	_, err = p.RecordByOrderID(ctx, client.RecordByOrderIDRequest{AppID: "doctor", OrderID: "otpworker-doctor-" + nuid.Next()})
	return time.Since(start), err
}

func answered(err error) bool {
	_, refused := errors.AsType[*client.RefusedError](err)
	return err == nil || refused
}

func refusedWith(err error, status string) bool {
	refused, ok := errors.AsType[*client.RefusedError](err)
	return ok && refused.Status == status
}

// judge makes a check of the answer.
func judge(err error, took time.Duration) Check {
	c := Check{Area: AreaProvider, Name: "provider", State: Fail}
	if err == nil {
		c.State, c.Detail = OK, fmt.Sprintf("answered in %s and accepted the signature", took.Round(time.Millisecond))
		return c
	}
	c.Detail = err.Error()
	if refused, ok := errors.AsType[*client.RefusedError](err); ok {
		c.State, c.Mend = refusal(refused)
		return c
	}
	if _, ok := errors.AsType[*client.NotSentError](err); ok {
		c.Mend = "check OTPWORKER_PROVIDER_URL, and DNS, firewall and TLS on the way there; jobs wait until it can be reached"
		return c
	}
	c.State, c.Mend = Warn, "the provider was reached and gave no clear answer: try again; jobs wait meanwhile"
	return c
}

func refusal(r *client.RefusedError) (state State, mend string) {
	switch {
	case r.Status == statusAuth, r.Status == "" && r.HTTPStatus == http.StatusUnauthorized:
		return Fail, "check OTPWORKER_API_KEY and OTPWORKER_API_SECRET against the provider's console"
	case r.Status == statusIP, r.Status == "" && r.HTTPStatus == http.StatusForbidden:
		return Fail, "put this machine's public address on the provider's whitelist"
	case r.Status == statusTimestamp:
		return Fail, "let NTP set the clock of this machine"
	case r.Status == "" && r.HTTPStatus == http.StatusNotFound:
		return Fail, "check the path of OTPWORKER_PROVIDER_URL"
	}
	return Warn, "the provider lets us in and refuses the question: see its status"
}
