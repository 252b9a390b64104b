package queue_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/otpworker/otpworker/schema"
	"github.com/otpworker/otpworker/worker/queue"
)

// What is printed for operators is what a worker creates, field by field, no
// stream and no bucket left out.
func TestStoredIsWhatIsCreated(t *testing.T) {
	provisioned(t, func(t *testing.T, r *rig) {
		var created []jetstream.StreamConfig
		list := r.js().ListStreams(t.Context())
		for s := range list.Info() {
			created = append(created, withoutServerMetadata(s.Config))
		}
		if err := list.Err(); err != nil {
			t.Fatal(err)
		}
		stored := queue.DefaultConfig().Stored()
		for i, s := range stored {
			// What says "no limit" and "unset" to the server comes back as its word for it.
			made, err := r.js().UpdateStream(t.Context(), s)
			if err != nil {
				t.Fatalf("%s cannot be what is printed: %v", s.Name, err)
			}
			stored[i] = withoutServerMetadata(made.CachedInfo().Config)
		}
		byName := func(a, b jetstream.StreamConfig) int { return strings.Compare(a.Name, b.Name) }
		slices.SortFunc(created, byName)
		slices.SortFunc(stored, byName)
		if diff := cmp.Diff(created, stored); diff != "" {
			t.Errorf("a stream or bucket that Provision makes is not in Stored, or otherwise (-made +stored):\n%s", diff)
		}
	})
}

// withoutServerMetadata leaves out what the server notes about its own versions.
func withoutServerMetadata(c jetstream.StreamConfig) jetstream.StreamConfig {
	metadata := map[string]string{}
	for key, value := range c.Metadata {
		if !strings.HasPrefix(key, "_nats.") {
			metadata[key] = value
		}
	}
	c.Metadata = metadata
	return c
}

// The worker's role is what the check looks for, and what it needs to look.
func TestWorkerRoleHasWhatIsChecked(t *testing.T) {
	worker := roleOf(t, queue.DefaultConfig(), "worker")
	for _, right := range append(slices.Clone(needed), toLook...) {
		covered := slices.ContainsFunc(worker.Publish, func(allowed string) bool {
			return allowed == right || strings.HasSuffix(allowed, ".>") && strings.HasPrefix(right, strings.TrimSuffix(allowed, ">"))
		})
		if !covered {
			t.Errorf("%s is not in the role", right)
		}
	}
	for _, right := range heard {
		if !slices.Contains(worker.Subscribe, right) {
			t.Errorf("to listen on %s is not in the role", right)
		}
	}
	if !slices.Contains(worker.Publish, "app.literal") {
		t.Error("a reply subject without a wildcard is not in the role")
	}
}

// Each role has inboxes of its own: another's hold jobs.
func TestRolesHaveInboxesOfTheirOwn(t *testing.T) {
	var seen []string
	for _, r := range queue.DefaultConfig().Roles(use) {
		if slices.Contains(seen, r.Inbox) || r.Inbox == "" {
			t.Errorf("%s: inbox %q", r.Name, r.Inbox)
		}
		seen = append(seen, r.Inbox)
		for _, subject := range r.Subscribe {
			if subject != r.Inbox+".>" && !slices.Contains([]string{schema.ReplySubjects, schema.FleetAnswerSubjects}, subject) && (r.Name != "worker" && r.Name != "console" || !slices.Contains(heard, subject)) {
				t.Errorf("%s may subscribe to %s", r.Name, subject)
			}
		}
	}
}

// In a JetStream domain the API has another name, and so have the rights.
func TestRolesInADomain(t *testing.T) {
	cfg := queue.DefaultConfig()
	cfg.Domain = "hub"
	for _, r := range cfg.Roles(use) {
		for _, subject := range r.Publish {
			if strings.HasPrefix(subject, "$JS.API.") || strings.HasPrefix(subject, "$KV.") {
				t.Errorf("%s: %s is not of the domain", r.Name, subject)
			}
		}
	}
}

func roleOf(t *testing.T, cfg queue.Config, name string) queue.Role {
	t.Helper()
	for _, r := range cfg.Roles(use) {
		if r.Name == name {
			return r
		}
	}
	t.Fatalf("no role %s", name)
	return queue.Role{}
}
