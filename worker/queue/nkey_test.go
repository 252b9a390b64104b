package queue_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nkeys"

	"github.com/otpworker/otpworker/worker/queue"
)

// An nkeyRig is a server that lets keys in, and a file for the seed of one.
type nkeyRig struct {
	t    *testing.T
	srv  *server.Server
	file string
	// back has a value for each time that the queue's connection is there again.
	back chan struct{}
}

func startNKeys(t *testing.T) *nkeyRig {
	t.Helper()
	r := &nkeyRig{t: t, file: filepath.Join(t.TempDir(), "nkey"), back: make(chan struct{}, 16)}
	srv, err := server.NewServer(nkeyServer(newNKey(t).public))
	r.must(err)
	r.srv = srv
	srv.Start()
	t.Cleanup(func() { srv.Shutdown(); srv.WaitForShutdown() })
	if !srv.ReadyForConnections(limit) {
		t.Fatal("server not ready")
	}
	return r
}

func nkeyServer(public ...string) *server.Options {
	o := &server.Options{Host: "127.0.0.1", Port: server.RANDOM_PORT, NoSigs: true, NoLog: true}
	for _, key := range public {
		o.Nkeys = append(o.Nkeys, &server.NkeyUser{Nkey: key})
	}
	return o
}

func (r *nkeyRig) must(err error) {
	r.t.Helper()
	if err != nil {
		r.t.Fatal(err)
	}
}

// letIn has the server let in these and nobody else.
func (r *nkeyRig) letIn(keys ...nkey) {
	r.t.Helper()
	var public []string
	for _, key := range keys {
		public = append(public, key.public)
	}
	r.must(r.srv.ReloadOptions(nkeyServer(public...)))
}

func (r *nkeyRig) write(text string) {
	r.t.Helper()
	r.must(os.WriteFile(r.file, []byte(text), 0o600))
}

func (r *nkeyRig) config() queue.Config {
	cfg := queue.DefaultConfig()
	cfg.URL, cfg.NKey = r.srv.ClientURL(), r.file
	cfg.Options = []nats.Option{nats.ReconnectHandler(func(*nats.Conn) { r.back <- struct{}{} })}
	return cfg
}

// works waits until the connection is there again, and asks the server something.
func (r *nkeyRig) works(q *queue.Queue) {
	r.t.Helper()
	within(r.t, "new connection", r.back)
	r.must(q.Conn().FlushTimeout(limit))
}

// anyKey finds nothing wrong.
func anyKey(context.Context, *queue.Queue) error { return nil }

// wants fails the test unless the queue's connection has this key.
func (r *nkeyRig) wants(q *queue.Queue, key nkey) {
	r.t.Helper()
	id, err := q.Conn().GetClientID()
	r.must(err)
	conns, err := r.srv.Connz(&server.ConnzOptions{Username: true, CID: id})
	r.must(err)
	if len(conns.Conns) != 1 || conns.Conns[0].AuthorizedUser != key.public {
		r.t.Errorf("the connection is not that of %s", key.public)
	}
}

type nkey struct{ public, seed string }

func newNKey(t *testing.T) nkey {
	t.Helper()
	pair, err := nkeys.CreateUser()
	if err != nil {
		t.Fatal(err)
	}
	public, err := pair.PublicKey()
	if err != nil {
		t.Fatal(err)
	}
	seed, err := pair.Seed()
	if err != nil {
		t.Fatal(err)
	}
	return nkey{public, string(seed)}
}

// A key is rotated: both are let in, the file changes, and the connection comes back
// with the new one, so that the former one can go.
func TestRekey(t *testing.T) {
	r, first, second := startNKeys(t), newNKey(t), newNKey(t)
	r.letIn(first)
	r.write(first.seed)
	q := connect(t, r.config())
	defer closeQueue(t, q)

	r.write(second.seed)
	if err := q.Rekey(t.Context(), anyKey); !errors.Is(err, nats.ErrAuthorization) {
		t.Fatalf("a key that is not let in: %v, want %v", err, nats.ErrAuthorization)
	}
	r.must(q.Conn().ForceReconnect())
	r.works(q)
	r.letIn(first, second)
	unfit := errors.New("may not take jobs")
	if err := q.Rekey(t.Context(), func(context.Context, *queue.Queue) error { return unfit }); !errors.Is(err, unfit) {
		t.Fatalf("a key that may do too little: %v, want %v", err, unfit)
	}
	r.wants(q, first)
	r.must(q.Rekey(t.Context(), anyKey))
	r.works(q)
	r.wants(q, second)
	r.letIn(second)
	r.must(q.Conn().FlushTimeout(limit))
	if len(r.back) > 0 {
		t.Error("the connection that had the new key already was ended with the old one")
	}
}

// Whatever the file holds, the connection goes on with the key that was let in.
func TestRekeyRefused(t *testing.T) {
	r, first, other := startNKeys(t), newNKey(t), newNKey(t)
	r.letIn(first, other)
	r.write("-----BEGIN USER NKEY SEED-----\n" + first.seed + "\n------END USER NKEY SEED------\n")
	q := connect(t, r.config())
	defer closeQueue(t, q)
	for name, text := range map[string]string{"no seed": "hello", "empty": "", "not a user's": "SA" + first.seed[2:]} {
		r.write(text)
		err := q.Rekey(t.Context(), anyKey)
		if err == nil || !strings.Contains(err.Error(), "read NATS_NKEY: "+r.file) || text != "" && strings.Contains(err.Error(), text) {
			t.Errorf("%s: %v", name, err)
		}
	}
	r.letIn(first) // closes nobody's connection but the other's
	r.write(other.seed)
	r.must(q.Conn().ForceReconnect())
	r.works(q)
}

// A worker that waits for its server takes the key when it has been mended.
func TestNKeyMendedBeforeTheFirstConnection(t *testing.T) {
	r, good := startNKeys(t), newNKey(t)
	r.letIn(good)
	r.write(newNKey(t).seed)
	cfg := r.config()
	cfg.Wait = true
	cfg.Options = append(cfg.Options, nats.ReconnectErrHandler(func(*nats.Conn, error) { r.write(good.seed) }))
	ctx, cancel := context.WithTimeout(t.Context(), limit)
	defer cancel()
	q, err := queue.Connect(ctx, cfg)
	r.must(err)
	closeQueue(t, q)
}

// Who uses no nkey has nothing to read again.
func TestRekeyWithoutNKey(t *testing.T) {
	inVirtualTime(t, func(t *testing.T, r *rig) {
		q := r.connect(func(*queue.Config) {})
		defer closeQueue(t, q)
		if err := q.Rekey(t.Context(), anyKey); err != nil {
			t.Error(err)
		}
	})
}
