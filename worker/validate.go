package worker

import (
	"cmp"
	"errors"
	"sync/atomic"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/otpworker/otpworker/client"
	"github.com/otpworker/otpworker/schema"
	"github.com/otpworker/otpworker/worker/pace"
)

// A delivery is one delivery of a job and what is known of it.
type delivery struct {
	msg  jetstream.Msg
	lane schema.Lane
	// batch is the managed batch that its subject names; empty for a plain job.
	batch string
	job   schema.Job
	// subject, data, seq and count are the message's; count is the broker's
	// number of deliveries.
	subject string
	data    []byte
	seq     uint64
	count   int

	queuedAt, expiresAt time.Time
	// lease is until when the delivery is surely ours.
	lease time.Time

	faults schema.Faults
	notes  []string
	// locked is the reason if the job is faulty for what is sealed or is not.
	locked string

	// entry and revision are the ledger's, claimedAt the time of its claim.
	entry     entry
	revision  uint64
	claimedAt time.Time
	// clockDoubt is how far claimedAt may be off, if another clock told it. It is
	// kept apart: added to it, it would grow with each delivery.
	clockDoubt time.Duration
	// open: an attempt may have been sent and nobody has asked yet.
	open     bool
	response client.SendRuleResponse
	// counted: this start is counted, see poisonous.
	counted bool
	// ledgerFailed: a write or read of the ledger failed in this delivery, so
	// that an entry that is not as we knew it may be our own.
	ledgerFailed bool
	// tokens has one for the next call, if there is a rate.
	tokens pace.Tokens
	// freePull lets the next job be pulled when this one is a probe.
	freePull func()
	// place is what it takes up of its lane.
	place place
	// document is the result, encoded.
	document []byte
	// kept counts the intake's jobs of a paused batch that are put aside.
	kept *atomic.Int64
	// listedAt is when it was found the newest for its number, seat its place among
	// those that were pulled with it.
	listedAt time.Time
	seat     *seat
	// tight is told when it has to wait for a token.
	tight *atomic.Int64

	// trace follows the delivery if there is a tracer, began is when it was taken
	// if anybody wants to know, and settled how it ended.
	trace   Trace
	began   time.Time
	settled string
}

const (
	reasonInvalid       = "invalid"
	reasonExpiredQueued = "expired_in_queue"
	noteReplyTo         = "replyTo ignored: "
)

// receive reads what is around a job, and nothing of its body.
func (in *intake) receive(msg jetstream.Msg) *delivery {
	now := time.Now()
	d := &delivery{
		msg: msg, lane: in.app.Lane, batch: in.app.Batch, subject: msg.Subject(), data: msg.Data(),
		queuedAt: now, count: 1, lease: now.Add(in.consumer.AckWait - leaseMargin), entry: entry{TakenAt: now},
		freePull: func() {}, kept: &in.kept, tight: &in.tight,
	}
	if meta, err := msg.Metadata(); err == nil {
		d.queuedAt, d.seq, d.count = meta.Timestamp, meta.Sequence.Stream, int(meta.NumDelivered)
	}
	return d
}

// read decodes the job. Its expiry is kept as a time of our clock.
func (w *Worker) read(d *delivery) {
	w.decode(d, d.msg.Headers().Get(jetstream.MsgIDHeader))
	d.expiresAt = d.expiresAt.Add(-max(0, w.skew()))
}

// decode reads the job and collects everything that is wrong with it.
func (w *Worker) decode(d *delivery, msgID string) {
	job, err := schema.DecodeJob(d.data)
	d.job = job
	d.fault(err)
	if err == nil {
		d.fault(job.Validate())
	}
	place, err := schema.ParseJobSubject(d.subject)
	d.fault(err)
	d.checkToken("appId", place.AppID, job.AppID, "must be the fifth token of the subject it is published on")
	d.checkToken("batchId", place.BatchID, job.BatchID, "must be the sixth token of the subject it is published on")
	w.unseal(d)
	if len(d.faults) > 0 {
		d.salvage(msgID, place)
	}
	d.expiresAt = d.job.Expiry(d.queuedAt)
}

// checkToken holds a field against what the subject says, if it says anything.
func (d *delivery) checkToken(field, token, value, problem string) {
	if token != "" && token != value && !d.faults.On(field) && !d.faults.On("document") {
		d.fault(schema.Faults{{Field: field, Problem: problem}})
	}
}

func (d *delivery) fault(err error) {
	if faults, ok := errors.AsType[schema.Faults](err); ok {
		d.faults = append(d.faults, faults...)
	}
}

// salvage keeps of a faulty job only what an answer may echo. A job that does
// not tell its id still has one if it was published with it as message id.
func (d *delivery) salvage(msgID string, place schema.Place) {
	job := schema.Job{AppID: place.AppID, BatchID: place.BatchID}
	keep := func(field string, copy func()) {
		if !d.faults.On(field) {
			copy()
		}
	}
	keep("id", func() { job.ID = d.job.ID })
	keep("replyTo", func() { job.ReplyTo = d.job.ReplyTo })
	keep("channel", func() { job.Channel = d.job.Channel })
	if place.BatchID == "" {
		keep("batchId", func() { job.BatchID = d.job.BatchID })
	}
	keep("metadata", func() { job.Metadata = d.job.Metadata })
	if job.ID == "" && isID(msgID) {
		job.ID = msgID
	}
	d.job = job
}

func isID(s string) bool {
	faults, _ := errors.AsType[schema.Faults](schema.Job{ID: s}.Validate())
	return !faults.On("id")
}

// validate ends a job that is malformed, before a call is thought of, and drops
// a reply subject that the job may not name.
func (w *Worker) validate(d *delivery) (next decision, ok bool) {
	if d.job.ReplyTo != "" {
		if err := schema.CheckReplyTo(d.job.ReplyTo, w.cfg.ReplyAllow); err != nil {
			d.job.ReplyTo = ""
			d.notes = append(d.notes, noteReplyTo+err.Error())
		}
	}
	if len(d.faults) > 0 {
		return decision{do: conclude, outcome: schema.OutcomeInvalid, reason: cmp.Or(d.locked, reasonInvalid)}, false
	}
	return decision{}, true
}

// event fills in whose event it is.
func (d *delivery) event(e Event) Event {
	e.JobID, e.AppID, e.Lane, e.Delivery, e.Attempt = d.job.ID, d.job.AppID, d.lane, d.count, d.entry.Attempts
	e.BatchID, e.ClaimedAt, e.trace = d.job.BatchID, d.claimedAt, d.trace
	return e
}
