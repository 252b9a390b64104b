//go:build unix

package proof_test

import (
	"testing"
	"time"

	"github.com/otpworker/otpworker/client"
	"github.com/otpworker/otpworker/client/sandbox"
	"github.com/otpworker/otpworker/schema"
	"github.com/otpworker/otpworker/schema/redact"
)

// TestChecker holds the checker itself: in ledgers made by hand it finds each
// of the things that a run must not show.
func TestChecker(t *testing.T) {
	now := time.Now()
	s := &stage{t: t, plan: plan{box: sandbox.Config{}}}
	send := sender(t, s.openBox())
	s.box.Expect("late", now.Add(-time.Second))
	for _, id := range []string{"good", "late", "twice", "twice", "hidden", "two"} {
		send(id)
	}
	s.producer = &producer{jobs: map[string]time.Time{}}
	for _, id := range []string{"good", "late", "twice", "hidden", "two", "lost", "unsent", "early", "expired", "unknown", "rejected"} {
		s.producer.jobs[id] = now
	}
	var all []stored
	for _, a := range []struct {
		id      string
		outcome schema.Outcome
		before  time.Duration
	}{
		{"good", schema.OutcomeSent, 0},
		{"late", schema.OutcomeSent, 0},
		{"twice", schema.OutcomeSent, 0},
		{"two", schema.OutcomeSent, 0},
		{"two", schema.OutcomeSent, 0},
		{"expired", schema.OutcomeExpired, 0},
		{"unknown", schema.OutcomeUnknown, 0},
		{"hidden", schema.OutcomeExpired, 0},          // false: it was sent
		{"unsent", schema.OutcomeSent, 0},             // false: it was not
		{"early", schema.OutcomeExpired, time.Minute}, // false: there was time
		{"rejected", schema.OutcomeRejected, 0},       // false: nobody refused it
		{"stranger", schema.OutcomeSent, 0},           // false: no such job
	} {
		all = append(all, stored{Result: schema.Result{JobID: a.id, Outcome: a.outcome, CompletedAt: now.Add(-a.before)}})
	}
	var r row
	s.compare(&r, all)
	got := [...]int{r.lost, r.twice, r.late, r.wrong, r.results, r.unknown, r.expired}
	if want := [...]int{1, 1, 1, 5, 1, 1, 3}; got != want {
		t.Errorf("lost, twice, late, false, two results, unknown, expired: %v, want %v", got, want)
	}
}

func sender(t *testing.T, address string) func(orderID string) {
	t.Helper()
	cfg := client.DefaultConfig()
	cfg.BaseURL = "http://" + address + "/otp"
	cfg.APIKey, cfg.APISecret = redact.NewSecret(sandbox.DefaultKey), redact.NewSecret(sandbox.DefaultSecret)
	provider, err := client.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(provider.Close)
	return func(orderID string) {
		_, err := provider.SendRule(t.Context(), client.SendRuleRequest{
			AppID: appOf(0), OrderID: orderID,
			Code: redact.NewCode("123456"), To: redact.NewPhone("8613800138000"),
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}
