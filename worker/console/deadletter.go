package console

import (
	"errors"
	"net/http"
	"strconv"
	"time"
	"unicode"

	"github.com/otpworker/otpworker/schema"
	"github.com/otpworker/otpworker/worker/queue"
)

// A letterRow is what is shown of a letter: its number is masked wherever it
// stands, and nothing else of its payload is here.
type letterRow struct {
	Seq        uint64
	Unreadable bool
	// Mark tells this letter from another one that may stand there later.
	Mark string

	ID, JobID, App, Lane, Reason, Outcome, Status, Worker, Subject string
	To                                                             string
	Attempts, Deliveries                                           int
	QueuedAt, DiedAt, ExpiresAt                                    time.Time
	Expired                                                        bool
	// Verdict is what a replay would do: yes, asks or no; Why what is in its way.
	Verdict, Why string
	NewJobID     string
	// JobPath leads to the job's own path; empty where its id is not to be seen.
	JobPath string
}

func rowOf(e queue.DeadEntry, now time.Time) letterRow {
	if e.Unreadable {
		return letterRow{
			Seq: e.Seq, Unreadable: true, Mark: letterMark(e), To: orDash(""),
			Verdict: "no", Why: "What stands here is no dead letter document: it can only be discarded.",
		}
	}
	look := e.Look(now)
	show := func(text string) string { return shown(look, text) }
	row := letterRow{
		Seq: e.Seq, Mark: letterMark(e), ID: show(e.ID), JobID: show(e.JobID), App: show(e.AppID), Lane: show(string(e.Lane)),
		Reason: show(e.Reason), Outcome: show(string(e.Outcome)), Status: show(e.Status), Worker: show(e.Worker), Subject: show(e.Subject),
		To: maskOf(e, look), Attempts: e.Attempts, Deliveries: e.Deliveries,
		QueuedAt: e.QueuedAt, DiedAt: e.DiedAt, ExpiresAt: look.ExpiresAt, Expired: look.Expired,
		Verdict: "yes", NewJobID: look.NewJobID,
	}
	if row.JobID == e.JobID {
		row.JobPath = safeJobPath(e.JobID, e.AppID)
	}
	switch {
	case look.MaybeSent():
		row.Verdict, row.Why = "asks", show(sentence(look.Refusal))
	case look.Refusal != nil:
		row.Verdict, row.Why = "no", show(sentence(look.Refusal))
	}
	return row
}

// safeJobPath is the page of a job that a letter names; empty if it would not be
// found there.
func safeJobPath(jobID, appID string) string {
	if !goodID.MatchString(jobID) || !goodApp.MatchString(appID) {
		return ""
	}
	return jobPath(jobID, appID)
}

func maskOf(e queue.DeadEntry, look queue.LetterLook) string {
	switch {
	case e.Sealed, errors.Is(look.Refusal, queue.ErrSealed):
		return "sealed"
	case look.To.IsZero():
		return orDash("")
	}
	return look.To.Mask()
}

// longestText bounds a text of a letter: anybody who may publish may have written it.
const longestText = 160

// shown is a text of a letter as a person may see it.
func shown(look queue.LetterLook, text string) string {
	runes := []rune(look.Hide(text))
	if len(runes) > longestText {
		runes = append(runes[:longestText], '…')
	}
	for i, r := range runes {
		if !unicode.IsPrint(r) {
			runes[i] = '?'
		}
	}
	return string(runes)
}

// sentence is an error as one.
func sentence(err error) string {
	runes := []rune(err.Error())
	if len(runes) == 0 {
		return ""
	}
	runes[0] = unicode.ToUpper(runes[0])
	return string(runes) + "."
}

// A letterStory is the data of one letter's page.
type letterStory struct {
	letterRow
	Sequence uint64
	// Payload says how much there is and in what shape.
	Payload string
	Faults  []schema.Fault
	// Meaning says what the outcome stands for.
	Meaning string
	// Lived is how long the job was in the queue's hands.
	Lived time.Duration
}

// meanings are what the outcome of a job that became a letter says.
var meanings = map[schema.Outcome]string{
	schema.OutcomeInvalid:  "The job was malformed or killed its workers. Nothing was sent.",
	schema.OutcomeUnknown:  "It may have been sent, and the provider could not say.",
	schema.OutcomeRejected: "The provider refused it for good. Nothing was sent.",
	schema.OutcomeExpired:  "Its time ran out. Nothing was sent.",
}

func (p *Page) showLetter(r *http.Request) answer {
	seq, err := strconv.ParseUint(r.PathValue("seq"), 10, 64)
	if err != nil {
		return notFound(r)
	}
	q, err := p.queue()
	if err != nil {
		return p.failed(err)
	}
	entry, err := entryAt(r.Context(), q, seq)
	switch {
	case errors.Is(err, queue.ErrNoLetter):
		return answer{
			status: http.StatusNotFound, template: "message", title: "No such dead letter",
			data: message{Text: "It was replayed or discarded, or it was older than three days.", Next: "/dead", Name: "Dead letters"},
		}
	case err != nil:
		return p.failed(err)
	}
	return answer{template: "letter", title: "Dead letter " + strconv.FormatUint(seq, 10), data: storyOf(entry, time.Now())}
}

func storyOf(e queue.DeadEntry, now time.Time) letterStory {
	look := e.Look(now)
	s := letterStory{letterRow: rowOf(e, now), Sequence: e.Sequence, Payload: payloadOf(e), Meaning: meanings[e.Outcome]}
	if !e.QueuedAt.IsZero() {
		s.Lived = e.DiedAt.Sub(e.QueuedAt)
	}
	for _, f := range e.Faults {
		s.Faults = append(s.Faults, schema.Fault{Field: shown(look, f.Field), Problem: shown(look, f.Problem)})
	}
	return s
}

func payloadOf(e queue.DeadEntry) string {
	text := strconv.Itoa(e.PayloadBytes) + " bytes"
	switch kept := len(e.Payload.Reveal()); {
	case e.Sealed:
		text += ", sealed for the operator's key: it cannot be read here"
	case kept < e.PayloadBytes:
		text += ", cut to " + strconv.Itoa(kept)
	}
	return text
}
