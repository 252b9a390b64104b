package sandbox_test

import (
	"testing"

	"github.com/otpworker/otpworker/client/sandbox"
	"github.com/otpworker/otpworker/schema/redact"
)

// Two keys are let in beside each other, each with its own secret, until one is
// dropped.
func TestKeys(t *testing.T) {
	inBubble(t, sandbox.Config{}, func(t *testing.T, b bundle) {
		expect := func(when, want string) {
			t.Helper()
			if got := b.send("", phone); got != want {
				t.Errorf("%s: %s, want %s", when, got, want)
			}
		}
		old, oldSecret := redact.NewSecret(sandbox.DefaultKey), redact.NewSecret(sandbox.DefaultSecret)
		next, nextSecret := redact.NewSecret("next-key"), redact.NewSecret("next-secret")
		rekey := func(key, secret redact.Secret) bool { return b.client.Rekey(t.Context(), key, secret) == nil }

		if rekey(next, nextSecret) {
			t.Error("a key was let in that nobody has added")
		}
		b.AddKey(next, nextSecret)
		if rekey(next, oldSecret) || rekey(old, nextSecret) {
			t.Error("a key was let in with the other one's secret")
		}
		expect("both are let in", "accepted")
		if !rekey(next, nextSecret) {
			t.Error("the added key was not let in")
		}
		b.DropKey(old)
		expect("the old one is dropped", "accepted")
		b.DropKey(next)
		expect("the new one is dropped", "refused 200 -1")
	})
}
