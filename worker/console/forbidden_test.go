package console_test

import (
	"net/http"
	"net/url"
	"testing"
	"testing/synctest"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"

	"github.com/otpworker/otpworker/schema"
	"github.com/otpworker/otpworker/worker/console"
	"github.com/otpworker/otpworker/worker/queue"
)

// withRights runs test on a page of a worker that has a role's least rights. The
// rig's queue may do everything.
func withRights(t *testing.T, roleName string, test func(*testing.T, *queueRig)) {
	t.Helper()
	opts := &server.Options{StoreDir: t.TempDir(), JetStream: true, DontListen: true, NoSigs: true, NoLog: true}
	synctest.Test(t, func(t *testing.T) {
		var least server.SubjectPermission
		cfg := queue.DefaultConfig()
		for _, role := range cfg.Roles(queue.Use{}) {
			if role.Name == roleName {
				least.Allow = role.Publish
			}
		}
		opts.Users = []*server.User{
			{Username: "admin", Password: "x"},
			{Username: "worker", Password: "x", Permissions: &server.Permissions{Publish: &least}},
		}
		srv, err := server.NewServer(opts)
		if err != nil {
			t.Fatal(err)
		}
		srv.Start()
		defer func() {
			srv.Shutdown()
			srv.WaitForShutdown()
		}()
		as := func(user string) *queue.Queue {
			cfg.Options = []nats.Option{nats.InProcessServer(srv), nats.UserInfo(user, "x")}
			q, err := queue.Connect(t.Context(), cfg)
			if err != nil {
				t.Fatal(err)
			}
			return q
		}
		admin, worker := as("admin"), as("worker")
		defer func() {
			if err := admin.Close(); err != nil {
				t.Error(err)
			}
			if err := worker.Close(); err != nil {
				t.Error(err)
			}
		}()
		if err := admin.Provision(t.Context()); err != nil {
			t.Fatal(err)
		}
		p := page(t, func(c *console.Config) { c.Queue = func() *queue.Queue { return worker } })
		r := &queueRig{T: t, queue: admin, page: p, in: logIn(t, p)}
		test(t, r)
	})
}

// A worker with a worker's least rights may not read letters and results: the page
// says so, soon, and does what it may.
func TestForbidden(t *testing.T) {
	withRights(t, "worker", func(t *testing.T, r *queueRig) {
		r.bury(r.letterOf("a"))
		r.create("spring", 10)
		time.Sleep(time.Second)

		for _, target := range []string{"/dead", "/dead/1"} {
			start := time.Now()
			resp := r.get(target)
			if resp.status != http.StatusForbidden || time.Since(start) > 20*time.Second {
				t.Errorf("%s: %d after %s", target, resp.status, time.Since(start))
			}
			has(t, resp.body, "gives the worker&#39;s connection no such right")
			shows(t, resp.body)
		}
		has(t, r.get("/batches/spring").body, "this worker's connection may not read results", "0 % done")
		time.Sleep(3 * time.Second)
		start := time.Now()
		has(t, r.get("/batches").body, "the rate cannot be measured here")
		if passed := time.Since(start); passed > time.Second {
			t.Errorf("what was refused is asked for again: %s", passed)
		}
		has(t, r.follow(r.post("/batches/spring/pause", url.Values{})).body, "It is paused")
	})
}

// With those of its own role it does everything.
func TestRightsOfTheConsole(t *testing.T) {
	withRights(t, "console", func(t *testing.T, r *queueRig) {
		r.bury(r.letterOf("a"), r.letterOf("b"))
		r.create("spring", 10)
		time.Sleep(10 * time.Second)
		r.ends("spring", 1, 5, schema.OutcomeSent, "sent")
		has(t, r.get("/dead").body, "/dead/1", "/dead/2")
		has(t, r.do("replay", 1), "1 letter replayed")
		has(t, r.do("discard", 2), "1 letter discarded")
		has(t, r.get("/batches/spring").body, "0.5 results a second")
	})
}
