package console

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/otpworker/otpworker/worker/queue"
)

const (
	// maxLetters bounds what one request acts on.
	maxLetters = 50
	// actTime bounds how long it may take: less than the port waits for an answer.
	actTime = 20 * time.Second
)

const (
	doReplay  = "replay"
	doDiscard = "discard"
)

// A letterPlan is the data of the look before the deed.
type letterPlan struct {
	// Do is replay or discard.
	Do   string
	Rows []plannedLetter
	// Acting is how many letters it would be done to, Asking how many of these
	// only if that is chosen.
	Acting, Asking int
}

// A plannedLetter is a letter and what would be done with it.
type plannedLetter struct {
	letterRow
	// Would says it in words; Acts: it would be done; Gone: there is no letter.
	Would      string
	Acts, Gone bool
}

// lookFirst says what a replay or discard would do. It changes nothing.
func (p *Page) lookFirst(r *http.Request) answer {
	do, seqs, fault := chosenLetters(r)
	if fault != "" {
		return badChoice(fault)
	}
	q, err := p.queue()
	if err != nil {
		return p.failed(err)
	}
	ctx, cancel := context.WithTimeout(r.Context(), actTime)
	defer cancel()
	plan := letterPlan{Do: do}
	jobs := map[string]uint64{}
	for _, seq := range seqs {
		one, err := plannedOf(ctx, q, do, seq)
		if err != nil {
			return p.failed(err)
		}
		one.once(do, jobs)
		plan.add(one)
	}
	return answer{template: "deadplan", title: "Look first: " + do, data: plan}
}

func (l *letterPlan) add(one plannedLetter) {
	l.Rows = append(l.Rows, one)
	if one.Acts {
		l.Acting++
	}
	if one.Acts && l.Do == doReplay && one.Verdict == "asks" {
		l.Asking++
	}
}

func plannedOf(ctx context.Context, q *queue.Queue, do string, seq uint64) (plannedLetter, error) {
	entry, err := entryAt(ctx, q, seq)
	if errors.Is(err, queue.ErrNoLetter) {
		return plannedLetter{letterRow: letterRow{Seq: seq}, Gone: true, Would: "Nothing: it is not there any more."}, nil
	}
	if err != nil {
		return plannedLetter{}, err
	}
	one := plannedLetter{letterRow: rowOf(entry, time.Now())}
	switch {
	case do == doDiscard:
		one.Acts, one.Would = true, "Would be removed for good."
	case one.Verdict == "yes":
		one.Acts, one.Would = true, "Would be queued as job "+one.NewJobID+"."
	case one.Verdict == "asks":
		one.Acts, one.Would = true, "Would be queued as job "+one.NewJobID+" only if you choose so below: "+lowerFirst(one.Why)
	default:
		one.Would = "Would be refused. " + one.Why
	}
	return one, nil
}

// once says of a second letter of a job that no second job comes of it.
func (l *plannedLetter) once(do string, jobs map[string]uint64) {
	if do != doReplay || !l.Acts {
		return
	}
	if first, ok := jobs[l.NewJobID]; ok {
		l.Would = fmt.Sprintf("Is of the same job as letter %d: one job is queued for both.", first)
		return
	}
	jobs[l.NewJobID] = l.Seq
}

// chosenLetters reads which letters a form names.
func chosenLetters(r *http.Request) (do string, seqs []uint64, fault string) {
	if do = r.PostForm.Get("do"); do != doReplay && do != doDiscard {
		return "", nil, "It has to be replay or discard."
	}
	seen := map[uint64]bool{}
	for _, text := range r.PostForm["seq"] {
		seq, err := strconv.ParseUint(text, 10, 64)
		if err != nil {
			return "", nil, "A letter is named by its number."
		}
		if !seen[seq] {
			seen[seq] = true
			seqs = append(seqs, seq)
		}
	}
	switch {
	case len(seqs) == 0:
		return "", nil, "Tick at least one letter."
	case len(seqs) > maxLetters:
		return "", nil, fmt.Sprintf("At most %d letters at a time; these are %d.", maxLetters, len(seqs))
	}
	return do, seqs, ""
}

func badChoice(fault string) answer {
	return answer{
		status: http.StatusBadRequest, template: "message", title: "Nothing was done",
		data: message{Text: fault, Next: "/dead", Name: "Dead letters"},
	}
}

// entryAt reads the letter at a sequence. What cannot be read is an entry too.
func entryAt(ctx context.Context, q *queue.Queue, seq uint64) (queue.DeadEntry, error) {
	if seq == 0 { // which the broker takes for a bad question
		return queue.DeadEntry{}, queue.ErrNoLetter
	}
	letter, err := q.Letter(ctx, seq)
	if errors.Is(err, queue.ErrUnreadable) {
		return queue.DeadEntry{Letter: letter, Unreadable: true}, nil
	}
	return queue.DeadEntry{Letter: letter}, err
}

// letterMark tells a letter from another one at its place, which there can be once
// the stream was made anew. Nothing of the payload is in it: a hash of a code is
// found out quickly.
func letterMark(e queue.DeadEntry) string {
	if e.Unreadable {
		return "unreadable"
	}
	sum := sha256.Sum256([]byte(strings.Join([]string{e.ID, e.JobID, e.AppID, e.DiedAt.UTC().Format(time.RFC3339Nano)}, "\n")))
	return hex.EncodeToString(sum[:8])
}

func lowerFirst(text string) string {
	if text == "" {
		return ""
	}
	return strings.ToLower(text[:1]) + text[1:]
}
