package console

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/otpworker/otpworker/schema"
	"github.com/otpworker/otpworker/worker"
)

// A step is one point of a job's path.
type step struct {
	At time.Time
	// After is how long after the step before it.
	After string
	// Name is what happened, Text more of it, and Brief both in a few words.
	Name, Text, Brief string
	// Sign stands in the line of time, and Mark is the class of both.
	Sign, Mark string
}

// stepsOf puts together what the broker and this worker know, the oldest first.
// What this worker saw itself takes the place of what follows from the ledger.
func stepsOf(t worker.Trail, happened []happening) []step {
	var steps []step
	if !t.QueuedAt.IsZero() {
		steps = append(steps, step{At: t.QueuedAt, Name: published, Text: "The queue has stored it.", Sign: "○"})
	}
	saw := map[worker.Kind]bool{}
	for i := range happened {
		saw[happened[i].kind] = true
		steps = append(steps, happened[i].step())
	}
	if t.Claim != nil {
		steps = append(steps, claimSteps(t.Claim, saw)...)
	}
	if t.Result != nil && !saw[worker.KindResult] {
		steps = append(steps, resultStep(t.Result.CompletedAt, string(t.Result.Outcome), t.Result.Reason, t.Result.Status, t.Result.Attempts))
	}
	if !saw[worker.KindDead] {
		for _, letter := range t.Letters {
			steps = append(steps, step{At: letter.DiedAt, Name: "Dead letter", Text: "A copy was put aside for a person: " + letter.Reason + ".", Sign: "†", Mark: "bad"})
		}
	}
	slices.SortStableFunc(steps, func(a, b step) int { return a.place().Compare(b.place()) })
	for i := 1; i < len(steps); i++ {
		steps[i].After = "+" + span(steps[i].At.Sub(steps[i-1].At))
	}
	return steps
}

// published is the first step of every life of a job.
const published = "Published"

// nearTimes is how far two clocks, and what was counted back in whole milliseconds,
// may make what was published seem later than what was done with it.
const nearTimes = time.Second

// place is where the step belongs: by its time as it is shown; of one time, in the
// order in which such things happen.
func (s step) place() time.Time {
	at := s.At.Truncate(time.Millisecond)
	if s.Name == published {
		at = at.Add(-nearTimes)
	}
	return at
}

// claimSteps are what the ledger tells of attempts that this worker did not make.
func claimSteps(c *worker.Claim, saw map[worker.Kind]bool) (steps []step) {
	if !c.TakenAt.IsZero() && !saw[worker.KindTaken] {
		steps = append(steps, step{At: c.TakenAt, Name: "Taken", Text: "A worker has taken it off the queue.", Sign: "○"})
	}
	if saw[worker.KindAttempt] || saw[worker.KindClaimed] || c.State == "done" {
		return steps
	}
	if c.State == "claimed" {
		return append(steps, step{
			At: c.ClaimedAt, Name: fmt.Sprintf("Attempt %d claimed", c.Attempts), Sign: "◐",
			Text: "Worker " + orDash(c.Worker) + " has written down that it calls the provider. What came of it is not written yet.",
		})
	}
	text := plural(c.Attempts, "attempt") + " so far; the last answer was " + strings.TrimSpace(orDash(c.Reason)+" "+c.Status) + "."
	if c.EverUnknown {
		text += " One of them may have been sent: the provider is asked before another."
	}
	return append(steps, step{At: c.At, Name: "Put aside", Text: text, Sign: "◌", Mark: "warn-text"})
}

func resultStep(at time.Time, outcome, reason, status string, attempts int) step {
	s := step{At: at, Name: "Result: " + outcome, Sign: "●", Mark: markOf(schema.Outcome(outcome)), Brief: outcome}
	s.Text = "Reason " + orDash(reason)
	if status != "" {
		s.Text += ", status " + status
	}
	if attempts > 0 {
		s.Text += ", after " + plural(attempts, "attempt")
	}
	s.Text += "."
	return s
}

// step is the happening for people.
func (h *happening) step() step {
	s := step{At: h.at, Sign: "○"}
	switch h.kind {
	case worker.KindTaken:
		s.Name, s.Text = "Taken", fmt.Sprintf("Delivery %d, lane %s.", h.delivery, h.lane)
	case worker.KindClaimed:
		s.Name, s.Text, s.Sign = fmt.Sprintf("Attempt %d claimed", h.attempt), "The ledger has it: nobody else may send it now.", "◐"
	case worker.KindAttempt:
		s.Name, s.Text = fmt.Sprintf("Attempt %d: %s", h.attempt, h.answer()), h.tookAnd()
		s.Sign, s.Mark = "◑", markOfAttempt(h)
	case worker.KindAsked:
		s.Name, s.Sign, s.Mark = "Reconcile: the provider was asked", "?", "odd"
		s.Text = h.tookAnd()
		switch {
		case h.found:
			s.Text = "It has the send. " + s.Text
		case h.outcome == string(worker.Accepted):
			s.Text = "It does not know it. " + s.Text
		default:
			s.Text = "No answer. " + s.Text
		}
	case worker.KindAside:
		s.Name, s.Text, s.Sign, s.Mark = "Put back: "+h.reason, h.aside(), "◌", "warn-text"
	case worker.KindGuard:
		s.Name, s.Text, s.Mark = "Kept from a second send", "Guard: "+string(h.guard)+".", "odd"
	case worker.KindDead:
		s.Name, s.Text, s.Sign, s.Mark = "Dead letter", "A copy was put aside for a person.", "†", "bad"
	case worker.KindResult:
		return resultStep(h.at, h.outcome, h.reason, h.status, h.attempt)
	default:
		s.Name = string(h.kind)
	}
	s.Brief = s.Name
	return s
}

// answer is what the provider said.
func (h *happening) answer() string {
	parts := []string{h.outcome}
	if h.reason != "" && h.reason != "sent" {
		parts = append(parts, h.reason)
	}
	if h.status != "" && h.status != "0" {
		parts = append(parts, "status "+h.status)
	}
	if h.httpStatus != 0 && h.httpStatus != 200 {
		parts = append(parts, fmt.Sprintf("HTTP %d", h.httpStatus))
	}
	return strings.Join(parts, ", ")
}

func (h *happening) tookAnd() string { return "The call took " + span(h.took) + "." + h.then() }

// then is what comes next, with the delay that is used.
func (h *happening) then() string {
	words := map[string]string{"retry": "retried", "hold": "held", "reconcile": "asked for"}[h.next]
	if words == "" {
		return ""
	}
	if h.delay <= 0 {
		return " Then it is " + words + " at once."
	}
	if h.next == "hold" {
		return " Then it is held for " + span(h.delay) + "."
	}
	return " Then it is " + words + " in " + span(h.delay) + "."
}

// aside is why a job was put back, and until when.
func (h *happening) aside() string {
	if h.held == "" {
		return "It waits for its turn." + h.then()
	}
	return "Held for the " + h.held + ", for " + span(h.delay) + "."
}

func markOfAttempt(h *happening) string {
	switch {
	case h.outcome == string(worker.Accepted):
		return "good"
	case h.class == worker.Permanent:
		return "bad"
	}
	return cmp.Or(map[worker.Class]string{worker.ClassUnknown: "odd"}[h.class], "warn-text")
}
