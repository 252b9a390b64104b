package client_test

import (
	"encoding/json"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/otpworker/otpworker/client"
	"github.com/otpworker/otpworker/schema/redact"
)

// comparePhones looks behind the masks.
var comparePhones = cmp.Comparer(func(a, b redact.Phone) bool { return a.Reveal() == b.Reveal() })

// answers reads one file of testdata/recorded: an endpoint's answers by name.
// "documented" has every field of the provider's page, "loose" unknown fields
// and texts for numbers and the other way round, "nulls" what its name says.
func answers(t *testing.T, endpoint string) map[string]json.RawMessage {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", "recorded", endpoint+".json"))
	if err != nil {
		t.Fatal(err)
	}
	var all map[string]json.RawMessage
	if err := json.Unmarshal(data, &all); err != nil {
		t.Fatal(err)
	}
	return all
}

func TestRecordedAnswers(t *testing.T) {
	want := recordedWants()
	for _, e := range allEndpoints() {
		recorded := answers(t, e.name)
		for _, name := range []string{"documented", "loose", "nulls"} {
			if recorded[name] == nil {
				t.Errorf("%s: no answer %q", e.name, name)
			}
		}
		for name, answer := range recorded {
			t.Run(e.name+"/"+strings.ReplaceAll(name, " ", "_"), func(t *testing.T) {
				key := e.name + " " + name
				expected, ok := want[key]
				if !ok {
					t.Fatal("nothing is expected of it")
				}
				delete(want, key)
				url := serve(t, func(w http.ResponseWriter, r *http.Request) {
					_, _ = io.Copy(io.Discard, r.Body)
					_, _ = w.Write(answer)
				})
				got, err := e.call(t.Context(), newClient(t, client.Config{BaseURL: url + "/otp"}))
				if err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff(expected, got, comparePhones); diff != "" {
					t.Errorf("decoded (-want +got):\n%s", diff)
				}
			})
		}
	}
	for key := range want {
		t.Errorf("%q is expected and not recorded", key)
	}
}
