package worker

import (
	"encoding/json"
	"reflect"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/otpworker/otpworker/schema"
)

// What is written reads back, whatever fields are set: a field that encode
// forgets would be lost with the worker that knew it.
func TestEntryKeepsEveryField(t *testing.T) {
	at := time.Date(2026, 11, 22, 1, 2, 3, 456, time.UTC)
	full := entry{
		State: stateDone, Nonce: "n", Worker: `host "1"`, Attempts: 2, Resigned: true, EverUnknown: true, Asked: 3,
		Reason: "unreachable", Status: "-18", ClaimedAt: at, TakenAt: at.Add(1), HeldSince: at.Add(2), HeldMS: 4, ProviderMS: 5,
		Result: &schema.Result{ID: "res-1", Outcome: schema.OutcomeSent, CompletedAt: at, Metadata: map[string]string{"<a>": "b"}},
		Told:   true, Seq: 1 << 40,
	}
	v := reflect.ValueOf(full)
	for i := range v.NumField() {
		if v.Field(i).IsZero() {
			t.Errorf("field %s is not tried", v.Type().Field(i).Name)
		}
		one := entry{State: stateAside}
		reflect.ValueOf(&one).Elem().Field(i).Set(v.Field(i))
		sameAsJSON(t, one)
	}
	sameAsJSON(t, full)
	sameAsJSON(t, entry{})
}

func sameAsJSON(t *testing.T, e entry) {
	t.Helper()
	data, err := e.encode(nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	want, err := json.Marshal(e)
	if err != nil {
		t.Fatal(err)
	}
	var got, slow entry
	if err := json.Unmarshal(data, &got); err != nil {
		t.Fatalf("%s: %v", data, err)
	}
	if err := json.Unmarshal(want, &slow); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(slow, got); diff != "" {
		t.Errorf("%s: %s", data, diff)
	}
}
