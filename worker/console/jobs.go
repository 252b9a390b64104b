package console

import (
	"cmp"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/otpworker/otpworker/schema"
	"github.com/otpworker/otpworker/worker"
)

func (p *Page) jobsPart() part {
	return part{name: "Jobs", path: "/jobs", handlers: map[string]handler{"GET /jobs": p.showJobs}}
}

// jobsPage is the data of the template.
type jobsPage struct {
	// ID and App are what was typed, Fault what is wrong with it.
	ID, App, Fault string
	// Asked says that a job was looked for.
	Asked   bool
	Stories []story
	Faults  []worker.TrailFault
	// Recent are jobs that this worker had lately; without an id only.
	Recent []recentJob
}

var (
	goodID  = regexp.MustCompile(`^[A-Za-z0-9_-]{1,64}$`)
	goodApp = regexp.MustCompile(`^[A-Za-z0-9_-]{4,32}$`)
)

func (p *Page) showJobs(r *http.Request) answer {
	query := r.URL.Query()
	data := jobsPage{ID: strings.TrimSpace(query.Get("id")), App: strings.TrimSpace(query.Get("app"))}
	page := answer{template: "jobs", title: "Jobs", data: &data}
	switch {
	case data.ID == "" && data.App == "":
		data.Recent = p.recent.jobs()
		return page
	case !goodID.MatchString(data.ID):
		data.Fault = "An id has 1 to 64 letters, digits, - or _."
	case data.App != "" && !goodApp.MatchString(data.App):
		data.Fault = "An app's id has 4 to 32 letters, digits, - or _."
	}
	if data.Fault != "" {
		page.status = http.StatusBadRequest
		return page
	}
	q, err := p.queue()
	if err != nil {
		return p.failed(err)
	}
	trails, faults := p.trails(r.Context(), q, worker.Search{JobID: data.ID, AppID: data.App})
	data.Asked, data.Faults = true, faults
	for _, trail := range p.withRecent(trails, data.ID, data.App) {
		data.Stories = append(data.Stories, p.story(trail))
	}
	return page
}

// withRecent adds a trail for each app whose job only this worker remembers.
func (p *Page) withRecent(trails []worker.Trail, jobID, appID string) []worker.Trail {
	for _, h := range p.recent.of(jobID, appID) {
		app := string(h.app[:h.appLen])
		if !slices.ContainsFunc(trails, func(t worker.Trail) bool { return t.AppID == app }) {
			trails = append(trails, worker.Trail{JobID: jobID, AppID: app, Lane: h.lane})
		}
	}
	return trails
}

// numberOf is the job's number where anybody knows it; the sandbox's phones do.
func (p *Page) numberOf(t worker.Trail) worker.Trail {
	if !t.To.IsZero() || p.cfg.Sandbox == nil {
		return t
	}
	for _, m := range p.cfg.Sandbox.Inbox() {
		if m.OrderID == t.JobID && m.AppID == t.AppID {
			t.To = m.To
		}
	}
	return t
}

// A recentJob is one that this worker had lately.
type recentJob struct {
	ID, App, Last, Mark string
	At                  time.Time
}

// Link is the page of the job.
func (j recentJob) Link() string { return jobPath(j.ID, j.App) }

// maxRecentJobs bounds the list.
const maxRecentJobs = 30

// jobs are the last ones that something happened to, the latest first.
func (r *recent) jobs() (all []recentJob) {
	r.mu.Lock()
	defer r.mu.Unlock()
	seen := map[recentJob]bool{}
	for i := len(r.ring) - 1; i >= 0 && len(all) < maxRecentJobs; i-- {
		h := &r.ring[(r.next+i)%len(r.ring)]
		key := recentJob{ID: string(h.id[:h.idLen]), App: string(h.app[:h.appLen])}
		if h.idLen == 0 || seen[key] || !goodID.MatchString(key.ID) || !goodApp.MatchString(key.App) {
			continue
		}
		seen[key] = true
		s := h.step()
		key.Last, key.Mark, key.At = orText(s.Brief, s.Name), s.Mark, h.at
		all = append(all, key)
	}
	return all
}

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
// breaker that this worker knows.
func (p *Page) waiting(t worker.Trail) step {
	s := step{Name: "Waits", Text: "It is in the queue.", Mark: "warn-text", Sign: "…"}
	for _, b := range p.cfg.Brief().Breakers {
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
