package worker_test

import (
	"fmt"
	"strings"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/otpworker/otpworker/schema"
	"github.com/otpworker/otpworker/worker"
	"github.com/otpworker/otpworker/worker/queue"
)

// An account is what the producer knows of one job.
type account struct {
	expiresAt time.Time
	published int
}

// enqueue publishes a job past every check of ours, under its id as message id,
// and enters it in the producer's ledger once the broker has confirmed it.
func (w *world) enqueue(lane schema.Lane, subjectApp string, j schema.Job) {
	w.t.Helper()
	w.enqueueOn(schema.JobSubject(lane, subjectApp), j)
}

func (w *world) enqueueOn(subject string, j schema.Job) {
	w.t.Helper()
	data, err := j.Encode()
	if err != nil {
		w.t.Fatal(err)
	}
	expiresAt := j.Expiry(time.Now())
	w.box.Expect(j.ProviderOrderID(), expiresAt)
	msg := &nats.Msg{Subject: subject, Data: data}
	ack, err := w.js.PublishMsg(w.t.Context(), msg, jetstream.WithMsgID(j.ID))
	if err != nil {
		w.t.Fatal(err)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if ack.Duplicate {
		return
	}
	a := w.accounts[j.ID]
	a.expiresAt = expiresAt
	a.published++
	w.accounts[j.ID] = a
}

// An audit is what the three ledgers say when they are held side by side: the
// producer's, the provider's and the result stream.
type audit struct {
	jobs int
	// lost have no result; twice have two that differ, or two for one publish.
	lost, twice int
	// duplicate are messages beyond the first, late those after the expiry,
	// and calls that reached the provider's socket after it.
	duplicate, late int
	// wrong are results that the provider's book gives the lie.
	wrong int
	// unknown results are honest; poison are those of jobs that were in hand at
	// crash after crash, knowable those that a question had cleared up.
	unknown, poison, knowable int
	// strangers are results of jobs that nobody published.
	strangers int
	outcomes  map[schema.Outcome]int
	findings  []string
	unknowns  []string
}

func (a *audit) find(n *int, format string, args ...any) {
	*n++
	if len(a.findings) < 20 {
		a.findings = append(a.findings, fmt.Sprintf(format, args...))
	}
}

func (a *audit) clean() bool {
	return a.lost+a.twice+a.duplicate+a.late+a.wrong+a.knowable+a.strangers == 0
}

func (a *audit) String() string {
	s := fmt.Sprintf("jobs %d lost %d twice %d duplicate %d late %d false %d unknown %d (poison %d, knowable %d) strangers %d %v",
		a.jobs, a.lost, a.twice, a.duplicate, a.late, a.wrong, a.unknown, a.poison, a.knowable, a.strangers, a.outcomes)
	return strings.Join(append([]string{s}, a.findings...), "\n  ")
}

// audit compares the ledgers.
func (w *world) audit() *audit {
	w.t.Helper()
	a := &audit{outcomes: map[schema.Outcome]int{}}
	results := w.allResults()
	w.mu.Lock()
	accounts := w.accounts
	w.mu.Unlock()
	for id, account := range accounts {
		a.jobs++
		a.results(w, id, account, results[id])
		a.sends(w, id, account)
		delete(results, id)
	}
	for id := range results {
		a.find(&a.strangers, "%s: a result without a job", id)
	}
	for _, c := range w.provider.arrived() {
		if account, known := accounts[c.orderID]; known && !c.at.Before(account.expiresAt) {
			a.find(&a.late, "%s: a call %s after its expiry", c.orderID, c.at.Sub(account.expiresAt))
		}
	}
	return a
}

func (a *audit) results(w *world, id string, account account, results []schema.Result) {
	if len(results) == 0 {
		a.find(&a.lost, "%s: no result", id)
		return
	}
	a.outcomes[results[0].Outcome]++
	if len(results) > account.published {
		a.find(&a.twice, "%s: %d results of %d publishes", id, len(results), account.published)
	}
	sends := len(w.box.Sends(id))
	for _, r := range results {
		if r.Outcome != results[0].Outcome {
			a.find(&a.twice, "%s: first %s, then %s", id, results[0].Outcome, r.Outcome)
		}
		switch {
		case r.Outcome == schema.OutcomeUnknown:
			a.unknown++
			a.unknowns = append(a.unknowns, fmt.Sprintf("%s: unknown (%s), %d messages%s", id, r.Reason, sends, w.story(id)))
			if r.Reason == "poison" {
				a.poison++
				break // set aside unread after three starts without an end
			}
			if w.answered(id) {
				a.find(&a.knowable, "%s: unknown, though the provider had answered", id)
			}
		case (r.Outcome == schema.OutcomeSent) != (sends > 0):
			a.find(&a.wrong, "%s: %s (%s), and %d messages", id, r.Outcome, r.Reason, sends)
		}
	}
}

func (a *audit) sends(w *world, id string, account account) {
	sends := w.box.Sends(id)
	for i, sent := range sends {
		if i > 0 {
			a.find(&a.duplicate, "%s: message %d comes %s after the first: %s", id, i+1, sent.At.Sub(sends[0].At), w.story(id))
		}
		if !sent.At.Before(account.expiresAt) {
			a.find(&a.late, "%s: a message %s after its expiry", id, sent.At.Sub(account.expiresAt))
		}
	}
}

// answered says whether the provider answered the last question about a job.
func (w *world) answered(id string) bool {
	asked := w.seen(worker.KindAsked, id)
	return len(asked) > 0 && asked[len(asked)-1].Verdict.Outcome == worker.Accepted
}

// story is what the workers said of a job, for a finding.
func (w *world) story(id string) string {
	var b strings.Builder
	for _, e := range w.told() {
		if e.JobID == id {
			fmt.Fprintf(&b, "\n    %s %s delivery %d attempt %d %s %s next %s in %s found %t",
				e.Time.Format("15:04:05.000"), e.Kind, e.Delivery, e.Attempt, e.Verdict.Outcome, e.Verdict.Reason, e.Next, e.Delay, e.Found)
		}
	}
	return b.String()
}

// allResults are the stored results by job, oldest first.
func (w *world) allResults() map[string][]schema.Result {
	w.t.Helper()
	all := map[string][]schema.Result{}
	for result, err := range w.queue.Results(w.t.Context(), queue.Follow{Once: true}) {
		if err != nil {
			w.t.Fatal(err)
		}
		all[result.JobID] = append(all[result.JobID], result)
	}
	return all
}

// emptied waits until every job has left the queue.
func (w *world) emptied(limit time.Duration) {
	w.t.Helper()
	for deadline := time.Now().Add(limit); time.Now().Before(deadline); time.Sleep(time.Second) {
		if w.jobsLeft() == 0 {
			return
		}
	}
	w.t.Errorf("%d jobs are still in the queue after %s", w.jobsLeft(), limit)
}
