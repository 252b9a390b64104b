package main

import (
	"net/http"
	"net/url"
	"path/filepath"
	"strconv"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nkeys"
	"github.com/rogpeppe/go-internal/testscript"

	"github.com/otpworker/otpworker/worker/queue"
)

// letin DIR... has a NATS server, the same one at each call, let in the roles worker
// and app whose keys are in these folders and nobody else. It sets NATS_URL.
func cmdLetIn(ts *testscript.TestScript, neg bool, args []string) {
	want(ts, !neg && len(args) > 0, "letin DIR...")
	opts := &server.Options{
		Host: "127.0.0.1", Port: server.RANDOM_PORT, NoSigs: true, NoLog: true,
		JetStream: true, StoreDir: ts.MkAbs("letin"),
	}
	for _, dir := range args {
		for _, role := range queue.DefaultConfig().Roles(queue.Use{}) {
			if role.Name == "worker" || role.Name == "app" {
				opts.Nkeys = append(opts.Nkeys, userOf(ts, dir, role))
			}
		}
	}
	if srv := of(ts).server; srv != nil {
		ts.Check(srv.ReloadOptions(opts))
		return
	}
	srv, err := server.NewServer(opts)
	ts.Check(err)
	srv.Start()
	ts.Defer(func() {
		srv.Shutdown()
		srv.WaitForShutdown()
	})
	if !srv.ReadyForConnections(patience) {
		ts.Fatalf("the server is not ready")
	}
	of(ts).server = srv
	ts.Setenv("NATS_URL", srv.ClientURL())
}

// userOf lets an app do what an app may, and a worker everything: it makes the
// streams.
func userOf(ts *testscript.TestScript, dir string, role queue.Role) *server.NkeyUser {
	pair, err := nkeys.ParseDecoratedUserNKey([]byte(ts.ReadFile(filepath.Join(dir, role.Name, seedFile))))
	ts.Check(err)
	public, err := pair.PublicKey()
	ts.Check(err)
	user := &server.NkeyUser{Nkey: public}
	if role.Name == "app" {
		user.Permissions = &server.Permissions{
			Publish: &server.SubjectPermission{Allow: role.Publish}, Subscribe: &server.SubjectPermission{Allow: role.Subscribe},
		}
	}
	return user
}

// login TOKEN STATUS gives a token to the page at OTPWORKER_HTTP.
func cmdLogin(ts *testscript.TestScript, neg bool, args []string) {
	want(ts, !neg && len(args) == 2, "login TOKEN STATUS")
	browser := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	resp, err := browser.PostForm("http://"+ts.Getenv("OTPWORKER_HTTP")+"/login", url.Values{"token": {args[0]}})
	ts.Check(err)
	ts.Check(resp.Body.Close())
	if strconv.Itoa(resp.StatusCode) != args[1] {
		ts.Fatalf("login: %s, want %s", resp.Status, args[1])
	}
}
