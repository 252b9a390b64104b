package console

import (
	"net/http"
	"regexp"
	"slices"
	"strings"
	"time"

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
	// Looked are the places that were looked through.
	Looked []string
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
	data.Asked, data.Faults, data.Looked = true, faults, lookedThrough(faults)
	for _, trail := range p.withRecent(trails, data.ID, data.App) {
		data.Stories = append(data.Stories, p.story(trail))
	}
	return page
}

// lookedThrough are the places without a fault, in words.
func lookedThrough(faults []worker.TrailFault) (names []string) {
	for _, place := range []string{worker.PlaceQueue, worker.PlaceLedger, worker.PlaceResults, worker.PlaceDead} {
		if !slices.ContainsFunc(faults, func(f worker.TrailFault) bool { return f.Place == place }) {
			names = append(names, place)
		}
	}
	return names
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
