package seal

import (
	"encoding/json"
	"errors"
	"os"
	"slices"
	"testing"

	"github.com/otpworker/otpworker/schema"
	"github.com/otpworker/otpworker/schema/redact"
)

// vectors is the form of schema/testdata/sealed.json, which other languages read
// too.
type vectors struct {
	About string
	Keys  []struct{ Public, Seed string }
	// Vectors open, or are refused for one of the reasons in refusals.
	Vectors []struct {
		Why     string
		Job     json.RawMessage
		Opens   *content
		Refused string
	}
}

var refusals = map[string]error{"key": ErrNoKey, "broken": ErrBroken, "other job": ErrOtherJob}

func readVectors(t testing.TB) (v vectors, keys *Keys) {
	t.Helper()
	data, err := os.ReadFile("../testdata/sealed.json")
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(data, &v); err != nil {
		t.Fatal(err)
	}
	var seeds string
	for _, k := range v.Keys {
		seeds += k.Seed + "\n"
	}
	if keys, err = ParseKeys(redact.NewSecret(seeds)); err != nil {
		t.Fatal(err)
	}
	return v, keys
}

func TestVectors(t *testing.T) {
	v, keys := readVectors(t)
	var publics []string
	for _, k := range v.Keys {
		publics = append(publics, k.Public)
	}
	if got := keys.PublicKeys(); !slices.Equal(got, publics) {
		t.Fatalf("public keys %v, want %v", got, publics)
	}
	met := map[string]bool{}
	for _, c := range v.Vectors {
		met[c.Refused] = true
		t.Run(c.Why, func(t *testing.T) {
			job, err := schema.DecodeJob(c.Job)
			if err != nil {
				t.Fatal(err)
			}
			if err := job.Validate(); err != nil {
				t.Fatalf("not even in shape: %v", err)
			}
			opened, err := keys.Open(job)
			if !errors.Is(err, refusals[c.Refused]) {
				t.Fatalf("got %v, want %q", err, c.Refused)
			}
			if c.Opens == nil {
				if !opened.Code.IsZero() || !opened.To.IsZero() || opened.Sealed != job.Sealed {
					t.Error("a job that was refused is changed")
				}
				return
			}
			if opened.Code.Reveal() != c.Opens.Code || opened.To.Reveal() != c.Opens.To || opened.Sealed != "" {
				t.Errorf("opened %q %q, want %+v", opened.Code.Reveal(), opened.To.Reveal(), *c.Opens)
			}
			if err := opened.Validate(); err != nil {
				t.Error(err)
			}
		})
	}
	for refusal := range refusals {
		if !met[refusal] {
			t.Errorf("no vector is refused for %q", refusal)
		}
	}
}

// Whatever is sealed does not panic, and nothing opens that is not for this job.
func FuzzOpen(f *testing.F) {
	v, keys := readVectors(f)
	for _, c := range v.Vectors {
		job, err := schema.DecodeJob(c.Job)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(job.ID, job.AppID, job.Sealed)
	}
	f.Add("", "", "..")
	f.Add("id", "app1", v.Keys[0].Public+"."+v.Keys[0].Public+v.Keys[0].Public+".eGt2MQ")
	f.Fuzz(func(t *testing.T, id, app, sealed string) {
		opened, err := keys.Open(schema.Job{ID: id, AppID: app, Sealed: sealed})
		switch {
		case sealed == "":
			if err != nil {
				t.Error(err)
			}
		case err != nil:
			if !opened.Code.IsZero() || !opened.To.IsZero() {
				t.Error("refused and opened")
			}
		case opened.Code.IsZero() && opened.To.IsZero() && opened.Sealed != "":
			t.Error("neither opened nor refused")
		}
	})
}
