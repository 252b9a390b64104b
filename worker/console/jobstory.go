package console

import (
	"cmp"
	"strings"

	"github.com/otpworker/otpworker/schema"
	"github.com/otpworker/otpworker/worker"
	"github.com/otpworker/otpworker/worker/stats"
)

// A story is what is known of one job.
type story struct {
	worker.Trail
	// State says in a word how it stands, and Mark is its class.
	State, Mark string
	Facts       []fact
	Steps       []step
}

type fact struct{ Name, Value string }

func (p *Page) story(t worker.Trail) story {
	t = p.numberOf(t)
	s := story{Trail: t}
	s.State, s.Mark = stateOf(t)
	s.Steps = stepsOf(t, p.recent.of(t.JobID, t.AppID))
	if t.Waits && t.Result == nil {
		s.Steps = append(s.Steps, p.waiting(t))
	}
	s.Facts = factsOf(t)
	s.mask()
	return s
}

// mask hides the number in what a caller made of it: some put it into their ids.
func (s *story) mask() {
	number := s.To.Reveal()
	if len(number) < 10 {
		return
	}
	hide := func(text *string) { *text = strings.ReplaceAll(*text, number, s.To.Mask()) }
	hide(&s.JobID)
	for i := range s.Facts {
		hide(&s.Facts[i].Value)
	}
	for i := range s.Steps {
		hide(&s.Steps[i].Text)
	}
}

func stateOf(t worker.Trail) (state, mark string) {
	switch {
	case t.Result != nil:
		return string(t.Result.Outcome), markOf(t.Result.Outcome)
	case len(t.Letters) > 0:
		return "dead", "bad"
	case t.Claim != nil && t.Claim.State == "claimed":
		return "an attempt is claimed", ""
	case t.Waits:
		return "waits", "warn-text"
	}
	return "in part known", ""
}

func markOf(o schema.Outcome) string {
	switch o {
	case schema.OutcomeSent:
		return "good"
	case schema.OutcomeRejected, schema.OutcomeExpired, schema.OutcomeInvalid:
		return "bad"
	case schema.OutcomeUnknown:
	}
	return "odd"
}

func factsOf(t worker.Trail) (facts []fact) {
	add := func(name, value string) {
		if value != "" {
			facts = append(facts, fact{name, value})
		}
	}
	add("App", orDash(t.AppID))
	add("Lane", string(t.Lane))
	add("Batch", t.BatchID)
	number := "not kept once the job is answered"
	if !t.To.IsZero() {
		number = t.To.Mask()
	}
	add("Number", number)
	if !t.ExpiresAt.IsZero() {
		add("Code ends", stamp(t.ExpiresAt))
	}
	if r := t.Result; r != nil {
		add("Reason", r.Reason)
		add("Status", r.Status)
		add("Channel", string(r.Channel))
		add("Attempts", plural(r.Attempts, "attempt"))
		add("Time", milliseconds(r.Timings.Total)+": queued "+milliseconds(r.Timings.Queued)+", held "+milliseconds(r.Timings.Held)+", with the provider "+milliseconds(r.Timings.Provider))
		add("Verification", r.VerificationID)
		add("Worker", r.Worker)
		for _, f := range r.Faults {
			add("Fault", f.Field+" "+f.Problem)
		}
		for _, note := range r.Notes {
			add("Note", note)
		}
	} else if c := t.Claim; c != nil {
		add("Attempts", plural(c.Attempts, "attempt")+" so far")
		add("Last answer", strings.TrimSpace(c.Reason+" "+c.Status))
		add("Worker", c.Worker)
	}
	return facts
}

// waiting is the last step of a job that the queue holds: for what, if that is a
// breaker that this worker knows, or the rate.
func (p *Page) waiting(t worker.Trail) step {
	s := step{Name: "Waits", Text: "It is in the queue.", Mark: "warn-text", Sign: "…"}
	own := p.cfg.Brief()
	if rate := (&stats.Overview{Workers: []stats.Snapshot{own}}).Waits().RateWords(); rate != "" {
		s.Text = "It is in the queue. Jobs wait for the rate: " + rate + "."
	}
	for _, b := range own.Breakers {
		if b.Closed() || b.AppID != "" && b.AppID != t.AppID {
			continue
		}
		s.Text = "It is in the queue, held for the breaker of the " + strings.TrimSpace(string(b.Scope)+" "+b.AppID) + ", " + b.State + " since " + stamp(b.Since) + " for " + cmp.Or(b.Reason, "?") + "."
		if !b.Until.IsZero() {
			s.Text += " The next probe goes out at " + clock(b.Until) + "."
		}
		break
	}
	if !t.ExpiresAt.IsZero() {
		s.Text += " Its code ends at " + stamp(t.ExpiresAt) + "."
	}
	return s
}
