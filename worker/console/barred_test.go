package console_test

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"

	"github.com/otpworker/otpworker/schema"
	"github.com/otpworker/otpworker/schema/redact"
	"github.com/otpworker/otpworker/worker/console"
	"github.com/otpworker/otpworker/worker/queue"
)

// With a worker's least rights the queue is looked through, and the ledger with the
// app's id; what may not be looked at is said, and not asked for each second.
func TestJobsWithLeastRights(t *testing.T) {
	opts := &server.Options{StoreDir: t.TempDir(), JetStream: true, DontListen: true, NoSigs: true, NoLog: true}
	synctest.Test(t, func(t *testing.T) {
		cfg := queue.DefaultConfig()
		var least server.SubjectPermission
		for _, role := range cfg.Roles(queue.Use{Ledger: true}) {
			if role.Name == "worker" {
				least.Allow = role.Publish
			}
		}
		opts.Users = []*server.User{{Username: "admin", Password: "x"}, {Username: "worker", Password: "x", Permissions: &server.Permissions{Publish: &least}}}
		srv, err := server.NewServer(opts)
		if err != nil {
			t.Fatal(err)
		}
		srv.Start()
		defer srv.WaitForShutdown()
		defer srv.Shutdown()
		connect := func(user string) (*queue.Queue, func()) {
			cfg.Options = []nats.Option{nats.InProcessServer(srv), nats.UserInfo(user, "x")}
			q, err := queue.Connect(t.Context(), cfg)
			if err != nil {
				t.Fatal(err)
			}
			return q, func() {
				if err := q.Close(); err != nil {
					t.Error(err)
				}
			}
		}
		admin, closeAdmin := connect("admin")
		defer closeAdmin()
		limited, closeLeast := connect("worker")
		defer closeLeast()
		if err := admin.Provision(t.Context()); err != nil {
			t.Fatal(err)
		}
		job := schema.Job{ID: "waits", AppID: testApp, To: redact.NewPhone("8613800138000"), Code: redact.NewCode("1234")}
		if err := admin.Publish(t.Context(), schema.LaneInteractive, job); err != nil {
			t.Fatal(err)
		}
		ledger, err := admin.Ledger(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if err := ledger.Set(t.Context(), testApp+".claimed", []byte(`{"state":"claimed","attempts":1,"worker":"w7"}`)); err != nil {
			t.Fatal(err)
		}
		p := page(t, func(c *console.Config) { c.Queue = func() *queue.Queue { return limited } })
		shows := func(target string, soon bool, wants ...string) {
			t.Helper()
			start := time.Now()
			body := ask(p, "GET", target, nil, nil).body
			for _, want := range wants {
				if !strings.Contains(body, want) {
					t.Errorf("%s: no %q in\n%s", target, want, body)
				}
			}
			if took := time.Since(start); soon && took > time.Second || took > 10*time.Second {
				t.Errorf("%s took %s", target, took)
			}
		}
		shows("/jobs?id=waits", false, "It is in the queue", "***8000", "<b>dead letters</b>: this worker", "<b>ledger</b>: this worker", "give it too", "OTP_DEAD")
		time.Sleep(15 * time.Second) // the broker's word is forgotten, and the page's is not
		shows("/jobs?id=waits", true, "It is in the queue", "<b>dead letters</b>: this worker")
		shows("/jobs?id=nobody", false, "Not found where it could be looked: queue. It may be in what could not be looked through.")
		shows("/jobs?id=claimed&app="+testApp, false, "Attempt 1 claimed", "Worker w7", "<b>results</b>: this worker")
	})
}
