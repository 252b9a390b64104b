package console

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/otpworker/otpworker/worker/queue"
)

// A letterReport is what became of each letter.
type letterReport struct {
	Do   string
	At   time.Time
	Rows []doneLetter
	// Done letters were replayed or discarded, Kept ones were not.
	Done, Kept int
}

// A doneLetter is what became of one letter.
type doneLetter struct {
	Seq                uint64
	JobID, App, Reason string
	// Well: it was done. Text says what happened.
	Well     bool
	NewJobID string
	NewPath  string
	Text     string
}

const goneText = "It was not there any more: somebody has replayed or discarded it. Nothing was done."

// A letterDeed is what a form asks for.
type letterDeed struct {
	do string
	// marks are those that the letters had when they were looked at.
	seqs        []uint64
	marks       map[uint64]string
	sendUnknown bool
}

// doLetters does what was looked at, letter by letter. What another person has
// done meanwhile, or what a reload asks for again, finds its letter gone.
func (p *Page) doLetters(r *http.Request) answer {
	do, seqs, fault := chosenLetters(r)
	if fault != "" {
		return badChoice(fault)
	}
	q, err := p.queue()
	if err != nil {
		return p.failed(err)
	}
	deed := letterDeed{do: do, seqs: seqs, marks: marksOf(r), sendUnknown: r.PostForm.Get("unknown") == "send"}
	// Who asked may go away: what was begun is finished and told.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(r.Context()), actTime)
	defer cancel()
	report := deed.run(ctx, q)
	p.tell(r, report)
	return answer{next: "/dead/done/" + p.reports.keep(report)}
}

// tell leaves a trace of what was done: what is discarded is in no other place.
func (p *Page) tell(r *http.Request, report letterReport) {
	for _, one := range report.Rows {
		if one.Well {
			p.cfg.Log.Info("dead letter handled on the page", "do", report.Do, "seq", one.Seq, "job_id", one.JobID,
				"app_id", one.App, "new_job_id", one.NewJobID, "from", placeOf(r).Addr())
		}
	}
}

// marksOf reads the marks: "12-6f3a…" is that of letter 12.
func marksOf(r *http.Request) map[uint64]string {
	marks := map[uint64]string{}
	for _, text := range r.PostForm["mark"] {
		number, mark, _ := strings.Cut(text, "-")
		if seq, err := strconv.ParseUint(number, 10, 64); err == nil {
			marks[seq] = mark
		}
	}
	return marks
}

// run stops at the first error that is not about a letter.
func (d letterDeed) run(ctx context.Context, q *queue.Queue) letterReport {
	report := letterReport{Do: d.do, At: time.Now()}
	var stopped error
	for _, seq := range d.seqs {
		one := doneLetter{Seq: seq, Text: "Not looked at. Nothing was done."}
		if stopped == nil {
			one, stopped = d.one(ctx, q, seq)
		}
		report.Rows = append(report.Rows, one)
		if one.Well {
			report.Done++
		} else {
			report.Kept++
		}
	}
	return report
}

func (d letterDeed) one(ctx context.Context, q *queue.Queue, seq uint64) (doneLetter, error) {
	one := doneLetter{Seq: seq}
	entry, err := entryAt(ctx, q, seq)
	switch {
	case errors.Is(err, queue.ErrNoLetter):
		one.Text = goneText
		return one, nil
	case err != nil:
		one.Text = sentence(err) + " Nothing was done."
		return one, err
	}
	row := rowOf(entry, time.Now())
	one.JobID, one.App, one.Reason = row.JobID, row.App, row.Reason
	if row.Mark != d.marks[seq] {
		one.Text = "Another letter stands here than the one that you looked at. Nothing was done."
		return one, nil
	}
	if d.do == doDiscard {
		return discarded(ctx, q, one)
	}
	return d.replayed(ctx, q, one, entry)
}

func discarded(ctx context.Context, q *queue.Queue, one doneLetter) (doneLetter, error) {
	err := q.Discard(ctx, one.Seq)
	one.Well, one.Text = err == nil, "Removed for good."
	if err != nil {
		one.Text = sentence(err)
	}
	return one, err
}

func (d letterDeed) replayed(ctx context.Context, q *queue.Queue, one doneLetter, entry queue.DeadEntry) (doneLetter, error) {
	done, err := q.Replay(ctx, one.Seq, queue.Replay{SendUnknown: d.sendUnknown})
	one.NewJobID, one.NewPath = done.JobID, safeJobPath(done.JobID, entry.AppID)
	switch {
	case err == nil && done.Before:
		one.Well, one.Text = true, "An earlier replay had queued this job already: nothing was queued twice."
	case err == nil:
		one.Well, one.Text = true, "Queued."
	case errors.Is(err, queue.ErrMaybeSent):
		one.Text, err = "Not replayed: it may have been sent already, and you did not choose to send such jobs again.", nil
	case errors.Is(err, queue.ErrNoLetter):
		one.Text, err = goneText, nil
	case queue.Refused(err):
		one.Text, err = "Refused. "+orText(rowOf(entry, time.Now()).Why, shown(entry.Look(time.Now()), sentence(err))), nil
	default:
		one.Text = shown(entry.Look(time.Now()), sentence(err))
	}
	return one, err
}

func (p *Page) showDone(r *http.Request) answer {
	report, ok := p.reports.of(r.PathValue("key"))
	if !ok {
		return answer{
			status: http.StatusNotFound, template: "message", title: "Not kept any more",
			data: message{Text: "What was done is not kept here any more. A letter that is not in the list was replayed or discarded.", Next: "/dead", Name: "Dead letters"},
		}
	}
	titles := map[string]string{doReplay: "What the replay did", doDiscard: "What was discarded"}
	return answer{template: "deaddone", title: titles[report.Do], data: report}
}
