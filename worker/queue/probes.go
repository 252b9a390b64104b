package queue

import (
	"encoding/json"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/nats-io/nuid"

	"github.com/otpworker/otpworker/schema"
)

// A probe is a message that shows whether a subject may be published to and
// changes nothing there.
type probe struct {
	name, allow string
	optional    bool
	listen      bool   // on the subject
	subject     string // allow if empty
	data        string
	header      nats.Header
	answered    bool // by the consumer
}

// stranger makes a stream refuse a message that may be published to it: it
// says that the message is for another stream.
var stranger = nats.Header{jetstream.ExpectedStreamHeader: {"otpworker-doctor"}}

// probes lists what a worker publishes to.
func (q *Queue) probes(use Use) []probe {
	var all []probe
	nonce := nuid.Next()
	all = append(all, q.consumerProbes()...)
	all = append(all, q.ackProbes()...)
	for _, lane := range schema.Lanes() {
		all = append(all, probe{name: "results", allow: schema.ResultSubjects, subject: schema.ResultSubject(lane, "doctor"), header: stranger})
	}
	all = append(all, probe{name: "dead letters", allow: schema.DeadSubjects, subject: schema.DeadSubject("doctor"), header: stranger})
	if use.Ledger {
		all = append(all, q.bucketProbes("ledger", schema.BucketLedger, nonce, false)...)
	}
	for _, allowed := range use.ReplyTo {
		// A subject without a wildcard is an app's own: it is left in peace.
		if subject := literal(allowed, "doctor-"+nonce); subject != allowed {
			all = append(all, probe{name: "replies", allow: allowed, subject: subject})
		}
	}
	for _, what := range []string{"MSG.GET.", "MSG.DELETE."} {
		// Without a body they do nothing.
		all = append(all, probe{name: "strays", allow: q.api("STREAM." + what + schema.StreamJobs), optional: true})
	}
	all = append(all, q.batchProbes(nonce)...)
	all = append(all, q.bucketProbes("rate", schema.BucketRate, nonce, !use.Rate)...)
	if use.Supersede {
		all = append(all, q.bucketProbes("newest", schema.BucketNewest, nonce, true)...)
	}
	return append(all, fleetProbes(nonce)...)
}

// sample is an app of nobody's: its consumer shows what may be done with one,
// and goes by itself.
var sample = App{Lane: schema.LaneBatch, ID: "otpworker-doctor"}

// sampleAge is how long the sample's consumer stays.
const sampleAge = 5 * time.Second

// consumerProbes make the sample's consumer and ask it for a batch of "none":
// the broker answers that it is no number.
func (q *Queue) consumerProbes() []probe {
	want := q.cfg.Consumer(sample)
	want.InactiveThreshold = sampleAge
	body, _ := json.Marshal(map[string]any{"stream_name": schema.StreamJobs, "config": want, "action": ""})
	name := schema.StreamJobs + "." + want.Durable
	create := "CONSUMER.CREATE." + schema.StreamJobs + "."
	return []probe{
		{
			name: "consumers", allow: q.api(create + "*." + schema.JobSubjects),
			subject: q.api(create + want.Durable + "." + want.FilterSubject), data: string(body), answered: true,
		},
		{name: "consumers", allow: q.api("CONSUMER.INFO." + schema.StreamJobs + ".*"), subject: q.api("CONSUMER.INFO." + name)},
		{name: "consumers", allow: q.api("STREAM.INFO." + schema.StreamJobs)},
		{
			name: "tidy", allow: q.api("CONSUMER.DELETE." + schema.StreamJobs + ".*"),
			subject: q.api("CONSUMER.DELETE." + schema.StreamJobs + ".nobodys"), optional: true,
		},
		{
			name: "pull", allow: q.api("CONSUMER.MSG.NEXT." + schema.StreamJobs + ".*"),
			subject: q.api("CONSUMER.MSG.NEXT." + name), data: `{"batch":"none"}`, answered: true,
		},
	}
}

// ackProbes say "in progress" of a delivery that never was: the broker looks
// it up, finds nothing and confirms. An "ack" would be logged as a fault.
//
// The second form is what servers from 2.14 on can be told to use, and a later
// one will use by itself. With the first form allowed only, jobs would then
// still be given out and sent, and come back for ever.
func (q *Queue) ackProbes() []probe {
	jobs := schema.StreamJobs + "."
	delivery := jobs + consumerName(sample) + ".1." + strconv.Itoa(math.MaxInt64) + ".1.0.0"
	return []probe{
		{name: "ack", allow: "$JS.ACK." + jobs + ">", subject: "$JS.ACK." + delivery, data: "+WPI", answered: true},
		{name: "ack", allow: "$JS.ACK.*.*." + jobs + ">", subject: "$JS.ACK." + q.domainToken() + ".doctor." + delivery, data: "+WPI"},
	}
}

// batchProbes are what a worker needs to know which batches are paused, and to
// tell their end. Requests for a consumer of nobody's do nothing.
func (q *Queue) batchProbes(nonce string) []probe {
	consumer := func(what string) probe {
		return probe{allow: q.api("CONSUMER." + what + "." + batchStream + ".*"), subject: q.api("CONSUMER." + what + "." + batchStream + ".nobodys")}
	}
	all := []probe{
		consumer("CREATE"), consumer("MSG.NEXT"), consumer("DELETE"),
		{allow: schema.EventSubjects, subject: schema.BatchEventSubject("doctor", "doctor"), header: stranger},
		{allow: q.api("STREAM.INFO." + schema.StreamResults)},
	}
	for i := range all {
		all[i].name, all[i].optional = "batches", true
	}
	return append(q.bucketProbes("batches", schema.BucketBatches, nonce, true), all...)
}

// fleetProbes are what a worker needs to be seen by others, and to see them.
func fleetProbes(nonce string) []probe {
	operator := inboxOf(roleOperator) + "."
	all := []probe{
		{allow: "$SRV.>", subject: fleetListens[0], listen: true},
		{allow: schema.FleetSubjects, subject: fleetListens[1], listen: true},
		{allow: schema.FleetSubjects, subject: literal(schema.FleetSubjects, "doctor-"+nonce)},
		{allow: operator + ">", subject: operator + "doctor-" + nonce}, // for the nats command
	}
	for i := range all {
		all[i].name, all[i].optional = "fleet", true
	}
	return all
}

func (q *Queue) api(what string) string {
	if q.cfg.Domain != "" {
		return "$JS." + q.cfg.Domain + ".API." + what
	}
	return "$JS.API." + what
}

func (q *Queue) domainToken() string {
	if q.cfg.Domain != "" {
		return q.cfg.Domain
	}
	return "_"
}

// literal is a subject that a pattern allows; the pattern itself if it has no
// wildcard.
func literal(pattern, token string) string {
	tokens := strings.Split(pattern, ".")
	for i, t := range tokens {
		if t == "*" || t == ">" {
			tokens[i] = token
		}
	}
	return strings.Join(tokens, ".")
}
