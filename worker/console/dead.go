package console

import (
	"cmp"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/otpworker/otpworker/schema"
	"github.com/otpworker/otpworker/worker/queue"
)

// lettersAPage is how many letters one page has: as many as one request may act
// on.
const lettersAPage = maxLetters

func (p *Page) deadPart() part {
	return part{name: "Dead letters", path: "/dead", handlers: map[string]handler{
		"GET /dead":            p.showDead,
		"GET /dead/{seq}":      p.showLetter,
		"POST /dead/look":      p.action(p.lookFirst),
		"POST /dead/do":        p.action(p.doLetters),
		"GET /dead/done/{key}": p.showDone,
	}}
}

// A deadList is the data of the list.
type deadList struct {
	Filter deadFilter
	Counts []reasonCount
	Total  uint64
	Rows   []letterRow
	// Older is the path of the next page, empty: there is none. Newest is that of
	// the first one, empty on it.
	Older, Newest string
	// All and None tick the boxes or take the ticks away.
	All, None string
	Ticked    bool
	Most      int
	Fault     string
}

// A reasonCount is how many letters have a reason, and the path to them.
type reasonCount struct {
	Reason  string
	Letters uint64
	Path    string
	Current bool
}

func (p *Page) showDead(r *http.Request) answer {
	q, err := p.queue()
	if err != nil {
		return p.failed(err)
	}
	counts, err := q.DeadByReason(r.Context())
	if err != nil {
		return p.failed(err)
	}
	f, before, fault := deadFilterOf(r.URL.Query())
	list := deadList{Filter: f, Most: maxLetters, Fault: fault, Ticked: r.URL.Query().Get("tick") == "all"}
	list.Counts, list.Total = f.counted(counts)
	a := answer{template: "dead", title: "Dead letters"}
	switch {
	case fault != "":
		a.status = http.StatusBadRequest
	case r.Header.Get(liveHeader) == "": // the list has boxes to tick: it stands still
		page, err := q.DeadPage(r.Context(), f.wanted(), before)
		if err != nil {
			return p.failed(err)
		}
		list.fill(page, before, time.Now())
	}
	a.data = list
	return a
}

func (l *deadList) fill(page queue.DeadPage, before uint64, now time.Time) {
	for _, e := range page.Entries {
		l.Rows = append(l.Rows, rowOf(e, now))
	}
	if page.Older > 0 {
		l.Older = l.Filter.path("before", strconv.FormatUint(page.Older, 10))
	}
	at := "0"
	if before > 0 {
		at, l.Newest = strconv.FormatUint(before, 10), l.Filter.path("", "")
	}
	l.None, l.All = l.Filter.path("before", at), l.Filter.path("before", at, "tick", "all")
}

// A deadFilter is what the reader has asked for, checked.
type deadFilter struct {
	Reason, App, ID string
	Lane            schema.Lane
}

var (
	reasonWord = regexp.MustCompile(`^[a-z0-9_]{1,64}$`)
	letterWord = regexp.MustCompile(`^[A-Za-z0-9_-]{1,80}$`)
)

// deadFilterOf reads a query; fault says what of it is no filter.
func deadFilterOf(query url.Values) (f deadFilter, before uint64, fault string) {
	get := func(key string) string { return strings.TrimSpace(query.Get(key)) }
	f = deadFilter{Reason: get("reason"), App: get("app"), ID: get("id"), Lane: schema.Lane(get("lane"))}
	var faults []string
	if f.Reason != "" && !reasonWord.MatchString(f.Reason) {
		f.Reason, faults = "", append(faults, "A reason is a word of a-z 0-9 _.")
	}
	if f.App != "" && !letterWord.MatchString(f.App) {
		f.App, faults = "", append(faults, "An app id is a word of A-Z a-z 0-9 _ -.")
	}
	if f.ID != "" && !letterWord.MatchString(f.ID) {
		f.ID, faults = "", append(faults, "A job's id is a word of A-Z a-z 0-9 _ -.")
	}
	if f.Lane != "" && !slices.Contains(schema.Lanes(), f.Lane) {
		f.Lane, faults = "", append(faults, "A lane is interactive or batch.")
	}
	if text := get("before"); text != "" {
		n, err := strconv.ParseUint(text, 10, 64)
		if before = n; err != nil {
			before, faults = 0, append(faults, "Before is a letter's number.")
		}
	}
	return f, before, strings.Join(faults, " ")
}

func (f deadFilter) wanted() queue.DeadFilter {
	return queue.DeadFilter{Reason: f.Reason, AppID: f.App, ID: f.ID, Lane: f.Lane, Limit: lettersAPage}
}

// Any says that not all letters are wanted.
func (f deadFilter) Any() bool { return f != deadFilter{} }

// Lanes are those to choose from.
func (deadFilter) Lanes() []schema.Lane { return schema.Lanes() }

// path is the list with this filter and with pairs of a key and a value.
func (f deadFilter) path(pairs ...string) string {
	query := url.Values{}
	all := append([]string{"reason", f.Reason, "app", f.App, "id", f.ID, "lane", string(f.Lane)}, pairs...)
	for i := 0; i+1 < len(all); i += 2 {
		if all[i+1] != "" && all[i+1] != "0" {
			query.Set(all[i], all[i+1])
		}
	}
	if len(query) == 0 {
		return "/dead"
	}
	return "/dead?" + query.Encode()
}

// counted lists the reasons, the most frequent first.
func (f deadFilter) counted(counts map[string]uint64) (all []reasonCount, total uint64) {
	for reason, n := range counts {
		one := f
		one.Reason = reason
		all = append(all, reasonCount{Reason: reason, Letters: n, Path: one.path(), Current: f.Reason == reason})
		total += n
	}
	slices.SortFunc(all, func(a, b reasonCount) int {
		return cmp.Or(cmp.Compare(b.Letters, a.Letters), cmp.Compare(a.Reason, b.Reason))
	})
	return all, total
}
