package seal

import (
	"errors"
	"strings"
	"testing"

	"github.com/otpworker/otpworker/schema"
	"github.com/otpworker/otpworker/schema/redact"
)

const code, phone = "739154", "8613800138000"

func job() schema.Job {
	return schema.Job{ID: "login-7f3a", AppID: "demo-app", Code: redact.NewCode(code), To: redact.NewPhone(phone), TTLSeconds: 60}
}

func newKeys(t testing.TB) (keys *Keys, public string) {
	t.Helper()
	seed, public, err := NewSeed()
	if err != nil {
		t.Fatal(err)
	}
	if keys, err = ParseKeys(seed); err != nil {
		t.Fatal(err)
	}
	return keys, public
}

func TestSealAndOpen(t *testing.T) {
	keys, public := newKeys(t)
	sealed, err := Seal(public, job())
	if err != nil {
		t.Fatal(err)
	}
	document, err := sealed.Encode()
	if err != nil {
		t.Fatal(err)
	}
	for _, leak := range []string{code, phone} {
		if strings.Contains(string(document), leak) {
			t.Errorf("%s stands in the document", leak)
		}
	}
	back, err := schema.DecodeJob(document)
	if err != nil {
		t.Fatal(err)
	}
	opened, err := keys.Open(back)
	if err != nil {
		t.Fatal(err)
	}
	if opened.Code.Reveal() != code || opened.To.Reveal() != phone || opened.TTLSeconds != 60 {
		t.Error("opened to something else")
	}
	again, err := Seal(public, job())
	if err != nil || again.Sealed == sealed.Sealed || sender(again) == sender(sealed) {
		t.Errorf("one job sealed twice looks the same, or has the same sender: %v", err)
	}
}

func sender(j schema.Job) string { return strings.Split(j.Sealed, ".")[1] }

// The length of a box tells nothing of the length of the code and the number, however
// long the id is.
func TestLengthTellsNothing(t *testing.T) {
	_, public := newKeys(t)
	lengths := map[int]bool{}
	for n := 1; n <= 64; n++ {
		for _, c := range []string{"1", "1234567890", strings.Repeat("<", 10)} {
			for _, to := range []string{"1234567890", "12345678901234"} {
				j := job()
				j.ID, j.AppID = strings.Repeat("i", n), strings.Repeat("a", max(4, n/2))
				j.Code, j.To = redact.NewCode(c), redact.NewPhone(to)
				sealed, err := Seal(public, j)
				if err != nil {
					t.Fatal(err)
				}
				lengths[len(sealed.Sealed)] = true
			}
		}
	}
	if len(lengths) != 1 {
		t.Errorf("lengths %v", lengths)
	}
}

// other is another last letter of a key.
func other(last string) string {
	if last == "7" {
		return "A"
	}
	return "7"
}

func TestSealRefuses(t *testing.T) {
	_, public := newKeys(t)
	seed, _, err := NewSeed()
	if err != nil {
		t.Fatal(err)
	}
	sealed, err := Seal(public, job())
	if err != nil {
		t.Fatal(err)
	}
	noPhone := job()
	noPhone.To = redact.Phone{}
	for name, c := range map[string]struct {
		public string
		job    schema.Job
		want   string
	}{
		"no key":           {"", job(), "not a public xkey"},
		"a long key":       {public + public, job(), "not a public xkey"},
		"a wrong checksum": {public[:55] + other(public[55:]), job(), "not a public xkey"},
		"a user's key":     {"U" + public[1:], job(), "not a public xkey"},
		"a seed":           {seed.Reveal(), job(), "this is a seed"},
		"an invalid job":   {public, noPhone, "to is missing"},
		"sealed already":   {public, sealed, "it is sealed already"},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := Seal(c.public, c.job)
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Fatalf("got %v, want %q", err, c.want)
			}
			if got.ID != "" || strings.Contains(err.Error(), seed.Reveal()) {
				t.Errorf("job %+v, error %v", got, err)
			}
		})
	}
}

func TestParseKeys(t *testing.T) {
	one, _, err := NewSeed()
	if err != nil {
		t.Fatal(err)
	}
	two, _, err := NewSeed()
	if err != nil {
		t.Fatal(err)
	}
	a, b := one.Reveal(), two.Reveal()
	for text, want := range map[string]int{
		a:                            1,
		a + "\r\n" + b + "\n":        2,
		a + ", " + b:                 2,
		a + " " + a:                  1,
		"":                           0,
		"hunter2":                    0,
		a + " hunter2":               0,
		a[:len(a)-1]:                 0,
		strings.Repeat(a+" ", 17):    0,
		"SU" + a[2:]:                 0,
		strings.Repeat("SXA", 10000): 0,
	} {
		keys, err := ParseKeys(redact.NewSecret(text))
		if got := len(keys.PublicKeys()); got != want || (err == nil) != (want > 0) {
			t.Errorf("%d keys of %d bytes, want %d: %v", got, len(text), want, err)
		}
		if err != nil && (strings.Contains(err.Error(), "hunter2") || strings.Contains(err.Error(), a[:20])) {
			t.Errorf("a seed in %v", err)
		}
	}
}

// A worker without keys opens what is not sealed and nothing else.
func TestNoKeys(t *testing.T) {
	var keys *Keys
	if j, err := keys.Open(job()); err != nil || j.Code.Reveal() != code {
		t.Error(err)
	}
	_, public := newKeys(t)
	sealed, err := Seal(public, job())
	if err != nil {
		t.Fatal(err)
	}
	for _, keys := range []*Keys{nil, {}} {
		if _, err := keys.Open(sealed); !errors.Is(err, ErrNoKey) {
			t.Errorf("got %v", err)
		}
	}
}

func BenchmarkSeal(b *testing.B) {
	_, public := newKeys(b)
	j := job()
	for b.Loop() {
		if _, err := Seal(public, j); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkOpen(b *testing.B) {
	keys, public := newKeys(b)
	sealed, err := Seal(public, job())
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if _, err := keys.Open(sealed); err != nil {
			b.Fatal(err)
		}
	}
}
