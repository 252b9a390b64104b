package doctor

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/otpworker/otpworker/worker/queue"
)

// minLevel is the API level of NATS 2.11.
const minLevel = 1

const atStart = "none needed: otpworker run does it at its start"

// broker judges what was found out about the broker.
func broker(mode queue.Provision, f queue.Facts) Report {
	if f.Answers != nil {
		return Report{unanswered(f.Answers)}
	}
	r := Report{connected(f.Server), level(f)}
	if noJetStream(f.ServerErr) {
		return r
	}
	r = append(r, streams(mode, f)...)
	return append(r, rest(mode, f)...)
}

// rest is what is said of streams that are there. Where some are missing, the
// lines about the streams have said so, and what follows from it fails nothing.
func rest(mode queue.Provision, f queue.Facts) (r Report) {
	absent := absence{known: slices.ContainsFunc(f.Differences, func(line string) bool {
		return strings.HasSuffix(line, ": missing")
	})}
	absent.mend = "create what is missing, see above"
	if mode == queue.ProvisionCreate {
		absent.mend = atStart
	}
	if !absent.known || !errors.Is(f.CopiesErr, jetstream.ErrStreamNotFound) {
		r = append(r, copies(f), brokerClock(f))
	}
	r = append(r, rights(f.Rights, absent)...)
	if f.LedgerTried {
		r = append(r, ledger(f, absent))
	}
	return r
}

// absence is what is known to be missing and what will mend it.
type absence struct {
	known bool
	mend  string
}

func unanswered(err error) Check {
	c := Check{Area: AreaBroker, Name: "answers", State: Fail, Detail: err.Error(), Mend: "look at the connection to NATS"}
	if errors.Is(err, queue.ErrForbidden) {
		c.Mend = "set OTPWORKER_INBOX_PREFIX to an inbox prefix that this account may subscribe to"
	}
	return c
}

func connected(s queue.Server) Check {
	where := fmt.Sprintf("connected to %s (%s)", s.URL, s.Name)
	if s.Embedded {
		where = "connected to the embedded server"
	}
	c := Check{Area: AreaBroker, Name: "nats", State: OK, Detail: where + ", version " + s.Version}
	if s.Clear {
		c.State, c.Detail = Warn, c.Detail+", without TLS: the network can read codes and numbers"
		c.Mend = "give the server a certificate and set NATS_CA, see deploy/nats; sealed jobs cannot be read on their way"
	}
	return c
}

func noJetStream(err error) bool {
	return errors.Is(err, jetstream.ErrJetStreamNotEnabled) || errors.Is(err, jetstream.ErrJetStreamNotEnabledForAccount)
}

func level(f queue.Facts) Check {
	c := Check{Area: AreaBroker, Name: "jetstream", State: OK, Detail: fmt.Sprintf("API level %d, needs %d", f.Server.APILevel, minLevel)}
	switch {
	case noJetStream(f.ServerErr):
		c.State, c.Detail, c.Mend = Fail, f.ServerErr.Error(), "enable JetStream on the server and for this account"
	case f.Server.APILevel >= minLevel:
	case f.ServerErr == nil:
		c.State, c.Mend = Fail, "upgrade the NATS server to 2.11 or later"
	case errors.Is(f.ServerErr, queue.ErrForbidden):
		c.State, c.Detail, c.Mend = Warn, "API level not shown to this account", "allow publish to $JS.API.INFO, or make sure that the server is 2.11 or later"
	default:
		c.State, c.Detail, c.Mend = Fail, f.ServerErr.Error(), "JetStream does not answer: look at the servers, and whether they have a leader"
	}
	return c
}

// streams lists the differences word for word.
func streams(mode queue.Provision, f queue.Facts) Report {
	c := Check{Area: AreaBroker, Name: "streams", State: OK}
	switch {
	case mode == queue.ProvisionOff:
		c.Detail = "not compared: OTPWORKER_PROVISION is off"
		return Report{c}
	case f.DifferencesErr != nil:
		c.State, c.Detail = Fail, f.DifferencesErr.Error()
		c.Mend = "let this account look at the streams, or set OTPWORKER_PROVISION=off"
		return Report{c}
	case len(f.Differences) == 0:
		c.Detail = "streams, consumers and buckets are as needed"
		return Report{c}
	}
	c.State, c.Mend = Fail, "change it, or let otpworker do so once with OTPWORKER_PROVISION=create"
	if mode == queue.ProvisionCreate {
		c.State, c.Mend = Warn, atStart
	}
	var r Report
	for _, line := range f.Differences {
		c.Detail = line
		r = append(r, c)
	}
	return r
}

func copies(f queue.Facts) Check {
	c := Check{Area: AreaBroker, Name: "copies", State: OK, Detail: "one server keeps the queue"}
	switch {
	case f.CopiesErr != nil:
		c.State, c.Detail = Warn, f.CopiesErr.Error()
		c.Mend = "needs the stream, and the right to look at it"
	case f.Copies > 1:
		c.Detail = fmt.Sprintf("%d copies; whether each is synced cannot be seen from here: set sync_interval: always on every server", f.Copies)
	case f.Cluster != "":
		c.State, c.Detail = Warn, fmt.Sprintf("one copy in the cluster %s: with its server the queue is gone", f.Cluster)
		c.Mend = "set OTPWORKER_REPLICAS=3"
	}
	return c
}

func brokerClock(f queue.Facts) Check {
	if f.SkewErr != nil {
		return Check{
			Area: AreaBroker, Name: "clock", State: Warn, Detail: f.SkewErr.Error(),
			Mend: "needs the stream, and the right to look at it",
		}
	}
	return clock(AreaBroker, "broker", f.Skew)
}

func ledger(f queue.Facts, absent absence) Check {
	c := Check{
		Area: AreaBroker, Name: "ledger", State: OK,
		Detail: fmt.Sprintf("wrote, read and removed an entry in %s", f.LedgerTook.Round(time.Microsecond)),
	}
	if f.LedgerErr == nil {
		return c
	}
	c.State, c.Detail, c.Mend = Fail, f.LedgerErr.Error(), "without the ledger nothing is sent: look at the bucket, its rights and its disk"
	if errors.Is(f.LedgerErr, jetstream.ErrBucketNotFound) && absent.known {
		c.State, c.Mend = Warn, absent.mend
	}
	return c
}
