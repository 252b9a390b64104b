package worker

import (
	"maps"
	"regexp"
	"slices"
	"testing"

	"github.com/otpworker/otpworker/client"
)

func TestRulesAreSound(t *testing.T) {
	status, reason := map[string]bool{}, regexp.MustCompile(`^[a-z0-9_]{1,64}$`)
	scopes := []Scope{ScopeJob, ScopePhone, ScopeApp, ScopeAccount, ScopeProvider}
	for _, r := range Rules() {
		if status[r.Status] || r.Status == "" {
			t.Errorf("status %q stands twice or is empty", r.Status)
		}
		status[r.Status] = true
		if !reason.MatchString(r.Reason) || r.Then == "" {
			t.Errorf("%q: reason %q, then %q", r.Status, r.Reason, r.Then)
		}
		if accepts := r.Reason == reasonSent; accepts != (r.Class == "") || accepts != (r.Scope == "") {
			t.Errorf("%q: class %q, scope %q", r.Status, r.Class, r.Scope)
		} else if !accepts && (!r.Class.valid() || !slices.Contains(scopes, r.Scope)) {
			t.Errorf("%q: class %q, scope %q", r.Status, r.Class, r.Scope)
		}
	}
	if n := len(Rules()); n != 23 {
		t.Errorf("%d rows, want 23: 16 statuses and 7 answers without one", n)
	}
}

// The caller may do with the copy what it likes.
func TestRulesIsACopy(t *testing.T) {
	Rules()[1].Class = Permanent
	if Rules()[1].Class != Transient || newTable(nil).rule("-1").Class != Transient {
		t.Error("the table was changed through its copy")
	}
}

func TestOverrides(t *testing.T) {
	overrides := map[string]Class{"-28": Transient, "-10": Permanent, "-18": Permanent, "-77": Transient, "-29": ClassUnknown}
	before := maps.Clone(overrides)
	own := newTable(overrides)
	for status, want := range map[string]Verdict{
		// A known status: its class only, reason and scope stay.
		"-28": {Class: Transient, Scope: ScopePhone, Reason: reasonPhoneLimit},
		"-10": {Class: Permanent, Scope: ScopeAccount, Reason: "insufficient_balance"},
		"-18": {Class: Permanent, Scope: ScopeProvider, Reason: "system_error"},
		"-29": {Class: ClassUnknown, Scope: ScopeJob, Reason: "sensitive_content"},
		// An unlisted one gets a class and stays unlisted.
		"-77": {Class: Transient, Scope: ScopeProvider, Reason: ReasonUnlisted},
		// What is not overridden is as it was.
		"-78": {Class: ClassUnknown, Scope: ScopeProvider, Reason: ReasonUnlisted},
		"-27": {Class: Transient, Scope: ScopeApp, Reason: "total_limit"},
	} {
		t.Run(status, func(t *testing.T) {
			want.Outcome, want.Status = Refused, status
			if got := own.classify(&client.RefusedError{HTTPStatus: 200, Status: status}); got != want {
				t.Errorf("got  %+v\nwant %+v", got, want)
			}
		})
	}
	if got := newTable(nil).rule("-28").Class; got != Permanent {
		t.Errorf("another table's -28 is %q", got)
	}
	if !maps.Equal(before, overrides) {
		t.Error("the user's map was changed")
	}
}

// Overrides decide: the same answer ends differently.
func TestOverridesReachTheDecision(t *testing.T) {
	for class, want := range map[Class]string{Permanent: "conclude rejected", Transient: "retry 0s", ClassUnknown: "reconcile 0s"} {
		v := newTable(map[string]Class{"-28": class}).classify(&client.RefusedError{Status: "-28"})
		if got := inWords(decide(v, situation{now: decideNow, expiresAt: decideNow.Add(60e9), askAfter: decideNow})); got != want {
			t.Errorf("%s: %s, want %s", class, got, want)
		}
	}
}
