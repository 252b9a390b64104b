//go:build unix

package proof_test

import (
	"fmt"
	"time"

	"github.com/otpworker/otpworker/schema"
)

// A row is what a scenario has shown.
type row struct {
	title  string
	jobs   int
	faults []fault
	// results counts the jobs with more than one.
	lost, twice, late, wrong, results int
	unknown, expired                  int
	// repeats counts the jobs given out after their ack was confirmed.
	repeats int
	// asked counts the questions about sends in doubt.
	asked       int64
	stall, took time.Duration
	failed      bool
	// findings say what the ledgers hold of the jobs that went wrong.
	findings []string
}

// maxFindings bounds what is printed of a run that went wrong.
const maxFindings = 20

// finish waits for the last result, compares the ledgers and prints the row.
func (s *stage) finish() row {
	s.t.Helper()
	<-s.published
	s.fleet.freezing.Wait()
	s.settled()
	took := time.Since(s.start)
	all, err := s.readResults()
	if err != nil {
		s.t.Fatal(err)
	}
	r := row{title: s.plan.title, jobs: len(s.producer.jobs), faults: s.faults, took: took}
	r.stall = longestStall(all, s.start, s.producer.ended)
	s.compare(&r, all)
	if missing := int(s.producer.made.Load()) - r.jobs; missing > 0 {
		s.t.Errorf("%d jobs were never confirmed: the run ended before them", missing)
	}
	if left, _, err := s.counts(); err != nil || left > 0 {
		s.t.Errorf("%d jobs left in the queue (%v)", left, err)
	}
	return r
}

// compare holds the three ledgers against each other.
func (s *stage) compare(r *row, all []stored) {
	byJob := map[string][]stored{}
	for _, one := range all {
		byJob[one.JobID] = append(byJob[one.JobID], one)
	}
	for id, expiry := range s.producer.jobs {
		answers, sends := byJob[id], s.box.Sends(id)
		delete(byJob, id)
		if len(answers) == 0 {
			r.lost++
			s.explain(r, "lost", id, answers)
			continue
		}
		if len(answers) > 1 {
			r.results++
			s.explain(r, "two results", id, answers)
		}
		if len(sends) > 1 {
			r.twice++
			s.explain(r, "sent twice", id, answers)
		}
		s.judge(r, id, answers[0], len(sends) > 0, expiry)
	}
	for id, answers := range byJob {
		r.wrong++
		s.explain(r, "result of no job", id, answers)
	}
	stats := s.box.Stats()
	r.late, r.asked = int(stats.Late), stats.Records
}

// judge says whether a result is true. All jobs are valid and the provider
// refuses none for good, so that each is sent, or expired and not sent.
func (s *stage) judge(r *row, id string, answer stored, sent bool, expiry time.Time) {
	switch answer.Outcome {
	case schema.OutcomeSent:
		if sent {
			return
		}
	case schema.OutcomeExpired:
		r.expired++
		if !sent && answer.CompletedAt.After(expiry.Add(-callTimeout-time.Second)) {
			return
		}
	case schema.OutcomeUnknown:
		r.unknown++
		s.explain(r, "unknown", id, []stored{answer})
		return
	case schema.OutcomeRejected, schema.OutcomeInvalid:
	}
	r.wrong++
	s.explain(r, "false result", id, []stored{answer})
}

// explain keeps what the ledgers hold of a job.
func (s *stage) explain(r *row, what, id string, answers []stored) {
	if len(r.findings) == maxFindings {
		return
	}
	text := fmt.Sprintf("%s: %s, expiry %s", what, id, s.producer.jobs[id].Format(clock))
	for _, send := range s.box.Sends(id) {
		text += fmt.Sprintf("\n  accepted %s", send.At.Format(clock))
	}
	for _, a := range answers {
		text += fmt.Sprintf("\n  result %s %s by %s, attempts %d, completed %s, stored %s",
			a.Outcome, a.Reason, a.Worker, a.Attempts, a.CompletedAt.Local().Format(clock), a.at.Local().Format(clock))
	}
	r.findings = append(r.findings, text)
}

const clock = "15:04:05.000"

// end is the usual end of a scenario: nothing lost, twice, late or false, and
// sends that were in doubt.
func (s *stage) end() {
	s.t.Helper()
	r := s.finish()
	if r.asked == 0 {
		s.t.Error("the provider was never asked about a send: the faults hit nothing")
	}
	s.conclude(r)
}

func (s *stage) conclude(r row) {
	s.t.Helper()
	if n := r.lost + r.twice + r.late + r.wrong + r.results + r.repeats; n > 0 {
		s.t.Errorf("%d lost, %d sent twice, %d late, %d false, %d with two results, %d given out after their ack",
			r.lost, r.twice, r.late, r.wrong, r.results, r.repeats)
	}
	if r.unknown*1000 > r.jobs {
		s.t.Errorf("%d of %d results unknown", r.unknown, r.jobs)
	}
	for _, text := range r.findings {
		s.t.Log(text)
	}
	r.failed = s.t.Failed()
	results.add(r)
}
