package worker_test

import (
	"encoding/base64"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/nats-io/nats.go/jetstream"
	"github.com/nats-io/nkeys"

	"github.com/otpworker/otpworker/client"
	"github.com/otpworker/otpworker/client/sandbox"
	"github.com/otpworker/otpworker/schema"
	"github.com/otpworker/otpworker/schema/redact"
	"github.com/otpworker/otpworker/schema/seal"
)

// newSealKey makes a pair: the seed for the worker, the key for apps.
func newSealKey(t *testing.T) (seed redact.Secret, public string) {
	t.Helper()
	seed, public, err := seal.NewSeed()
	if err != nil {
		t.Fatal(err)
	}
	return seed, public
}

func sealed(t *testing.T, public string, j schema.Job) schema.Job {
	t.Helper()
	s, err := seal.Seal(public, j)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// badInside is a job whose box holds what no job may have: Seal would refuse it.
func badInside(t *testing.T, public string) schema.Job {
	t.Helper()
	once, err := nkeys.CreateCurveKeys()
	if err != nil {
		t.Fatal(err)
	}
	from, err := once.PublicKey()
	if err != nil {
		t.Fatal(err)
	}
	box, err := once.Seal([]byte(`{"id":"j1","appId":"app1","code":"12 34","to":"+8613800138000"}`), public)
	if err != nil {
		t.Fatal(err)
	}
	return schema.Job{ID: "j1", AppID: "app1", Sealed: public + "." + from + "." + base64.RawURLEncoding.EncodeToString(box)}
}

// What is sealed for a key of the worker is sent; everything else has an answer
// that says why, and a dead letter that holds what came.
func TestSealedJobs(t *testing.T) {
	seed, public := newSealKey(t)
	former, formerPublic := newSealKey(t)
	_, strange := newSealKey(t)
	keys := redact.NewSecret(seed.Reveal() + "\n" + former.Reveal())
	for name, c := range map[string]struct {
		seeds   redact.Secret
		require bool
		job     schema.Job
		outcome schema.Outcome
		reason  string
		problem string
	}{
		"the current key":           {keys, true, sealed(t, public, job("j1", goodNumber)), schema.OutcomeSent, "sent", ""},
		"a former key":              {keys, true, sealed(t, formerPublic, job("j1", goodNumber)), schema.OutcomeSent, "sent", ""},
		"in the clear":              {keys, false, job("j1", goodNumber), schema.OutcomeSent, "sent", ""},
		"in the clear, not allowed": {keys, true, job("j1", goodNumber), schema.OutcomeInvalid, "not_sealed", "sealed is missing"},
		"a strange key":             {keys, false, sealed(t, strange, job("j1", goodNumber)), schema.OutcomeInvalid, "cannot_open", "sealed for a key that is not here"},
		"no key at all":             {redact.Secret{}, false, sealed(t, public, job("j1", goodNumber)), schema.OutcomeInvalid, "cannot_open", "sealed for a key that is not here"},
		"lifted from another job":   {keys, false, lifted(sealed(t, public, job("j0", goodNumber)), "j1"), schema.OutcomeInvalid, "cannot_open", "another id"},
		"damaged":                   {keys, false, damaged(sealed(t, public, job("j1", goodNumber))), schema.OutcomeInvalid, "cannot_open", "does not open"},
	} {
		t.Run(name, func(t *testing.T) {
			change := func(s *setup) { s.worker.SealSeed, s.worker.RequireSealed = c.seeds, c.require }
			inVirtualTime(t, change, func(t *testing.T, r *rig) {
				r.startWorker()
				r.publish(c.job)
				got := r.await(1, time.Minute)["j1"]
				attempts := 0
				if c.outcome == schema.OutcomeSent {
					attempts = 1
				}
				want(t, got, c.outcome, c.reason, attempts)
				if !strings.Contains(schema.Faults(got.Faults).Error(), c.problem) {
					t.Errorf("faults %v, want %q", got.Faults, c.problem)
				}
				if n := r.box.Stats().Calls; n != int64(attempts) {
					t.Errorf("%d calls, want %d", n, attempts)
				}
				r.keepsWhatCame(c.job, c.outcome)
				r.drained()
			})
		})
	}
}

func lifted(j schema.Job, id string) schema.Job {
	j.ID = id
	return j
}

func damaged(j schema.Job) schema.Job {
	j.Sealed = j.Sealed[:len(j.Sealed)-4] + "AAAA"
	return j
}

// keepsWhatCame: an invalid job is kept in its dead letter as it was, sealed.
func (r *rig) keepsWhatCame(j schema.Job, outcome schema.Outcome) {
	r.t.Helper()
	letters := r.deadLetters()
	if outcome == schema.OutcomeSent {
		if len(letters) != 0 {
			r.t.Errorf("%d dead letters", len(letters))
		}
		return
	}
	if len(letters) != 1 {
		r.t.Fatalf("%d dead letters, want 1", len(letters))
	}
	back, err := schema.DecodeJob([]byte(letters[0].Payload.Reveal()))
	if err != nil || back.Sealed != j.Sealed || back.ID != j.ID {
		r.t.Errorf("the dead letter holds %+v, %v", back, err)
	}
}

// A sealed job whose code or number is wrong has the usual faults.
func TestSealedJobIsValidated(t *testing.T) {
	seed, public := newSealKey(t)
	change := func(s *setup) { s.worker.SealSeed = seed }
	inVirtualTime(t, change, func(t *testing.T, r *rig) {
		r.startWorker()
		r.publish(badInside(t, public))
		got := r.await(1, time.Minute)["j1"]
		want(t, got, schema.OutcomeInvalid, "invalid", 0)
		if f := schema.Faults(got.Faults); !f.On("code") || !f.On("to") || len(f) != 2 {
			t.Errorf("faults %v", f)
		}
	})
}

// What is sealed in the wrong way is not called missing besides.
func TestSealedOfAnotherKind(t *testing.T) {
	seed, _ := newSealKey(t)
	change := func(s *setup) { s.worker.SealSeed, s.worker.RequireSealed = seed, true }
	inVirtualTime(t, change, func(t *testing.T, r *rig) {
		r.startWorker()
		r.js(func(js jetstream.JetStream) error {
			_, err := js.Publish(t.Context(), schema.JobSubject(schema.LaneInteractive, "app1"), []byte(`{"id":"j1","appId":"app1","sealed":5}`))
			return err
		})
		got := r.await(1, time.Minute)["j1"]
		want(t, got, schema.OutcomeInvalid, "invalid", 0)
		var on []string
		for _, f := range got.Faults {
			on = append(on, f.Field)
		}
		if slices.Sort(on); !slices.Equal(on, []string{"code", "sealed", "to"}) {
			t.Errorf("faults on %q", on)
		}
	})
}

// A newer code wins among sealed jobs too, in one pull and ahead of it, and jobs for
// other numbers stay.
func TestNewerSealedJobWins(t *testing.T) {
	seed, public := newSealKey(t)
	change := func(s *setup) {
		superseding(s)
		s.worker.SealSeed = seed
	}
	inVirtualTime(t, change, func(t *testing.T, r *rig) {
		var back atomic.Bool
		p := &desk{refuse: func(string) error {
			if back.Load() {
				return nil
			}
			return &client.NotSentError{Op: "sendRule", Err: errors.New("connection refused")}
		}}
		ends := map[string]string{}
		put := func(id, to, end string) {
			ends[id] = end
			r.publish(sealed(t, public, job(id, to)))
		}
		put("pull-old", "8613800138001", superseded)
		put("pull-new", "8613800138001", sent)
		r.startWorkerWith(p)
		for i := range 20 { // they open the breaker
			put(fmt.Sprintf("other-%d", i), fmt.Sprintf("86138001380%02d", i+10), sent)
		}
		time.Sleep(2 * time.Second)
		put("ahead-old", goodNumber, superseded)
		time.Sleep(5 * time.Second)
		put("ahead-new", goodNumber, sent)
		time.Sleep(2 * time.Second)
		back.Store(true)
		r.wants(p, ends)
	})
}

// The codes and numbers of sealed jobs are in no file of the broker, whatever
// becomes of them: sent, limited, superseded, held, dead. The same jobs in the
// clear are found there, or the search would prove nothing.
func TestSealedIsNowhereOnDisk(t *testing.T) {
	seed, public := newSealKey(t)
	for name, c := range map[string]struct {
		seal  bool
		found bool
	}{"sealed": {true, false}, "in the clear": {false, true}} {
		t.Run(name, func(t *testing.T) {
			change := func(s *setup) {
				s.worker.SealSeed = seed
				s.worker.Supersede, s.worker.NumberKey = true, redact.NewSecret("number-key")
			}
			inVirtualTime(t, change, func(t *testing.T, r *rig) {
				ids := map[string]string{}
				for _, n := range sandbox.Numbers() {
					ids["n"+n.NN] = n.Example(7)
				}
				ids["good"], ids["newer"] = canaryPhone, canaryPhone
				for id, to := range ids {
					j := job(id, to)
					j.Code, j.TTLSeconds = redact.NewCode(canaryCode), 120
					if c.seal {
						j = sealed(t, public, j)
					}
					r.publish(j)
				}
				needles := []string{canaryCode}
				for _, to := range ids {
					needles = append(needles, to)
				}
				queued, after := search{needles: variants(needles)}, search{needles: variants(needles)}
				time.Sleep(time.Second)
				searchFiles(t, r.dir, &queued)
				r.startWorker()
				results := r.await(len(ids), time.Hour)
				outcomes := map[schema.Outcome]int{}
				for _, result := range results {
					outcomes[result.Outcome]++
				}
				if outcomes[schema.OutcomeSent] == 0 || outcomes[schema.OutcomeRejected] == 0 || outcomes[schema.OutcomeExpired] == 0 {
					t.Errorf("outcomes %v", outcomes)
				}
				if len(r.deadLetters()) == 0 {
					t.Error("no dead letter to search")
				}
				r.stopWorker()
				searchFiles(t, r.dir, &after)
				for when, s := range map[string]search{"in the queue": queued, "after it": after} {
					if (len(s.hits) > 0) != c.found || s.texts < 10 {
						t.Errorf("%s: found %d times in %d files: %.300q", when, len(s.hits), s.texts, s.hits)
					}
				}
			})
		})
	}
}

// searchFiles looks into every file below dir.
func searchFiles(t *testing.T, dir string, found *search) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, entry os.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		data, err := os.ReadFile(path)
		found.in(filepath.Base(path), string(data))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// The worker's connection opens dead letters with the seeds that the worker has at
// the time.
func TestSealedLetterIsOpenedBesideTheWorker(t *testing.T) {
	seed, public := newSealKey(t)
	other, _ := newSealKey(t)
	inVirtualTime(t, func(s *setup) { s.worker.SealSeed = seed }, func(t *testing.T, r *rig) {
		r.startWorker()
		r.box.SetFault(sandbox.Fault{Status: "-29"})
		r.publish(sealed(t, public, job("j1", goodNumber)))
		r.await(1, time.Minute)
		opens := func() bool {
			letter, err := r.queue.Letter(t.Context(), 1)
			if err != nil {
				t.Fatal(err)
			}
			opened, err := letter.Job()
			return err == nil && opened.To.Reveal() == goodNumber
		}
		if !opens() {
			t.Error("a letter whose seed is here is not opened")
		}
		if err := r.worker.UseSealKeys(other); err != nil || opens() {
			t.Errorf("a letter is opened with a seed that was dropped: %v", err)
		}
		if err := r.worker.UseSealKeys(seed); err != nil || !opens() {
			t.Errorf("a letter is not opened with the seed that came: %v", err)
		}
	})
}
