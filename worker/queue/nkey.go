package queue

import (
	"context"
	"errors"
	"fmt"
	"os"
	"sync/atomic"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nkeys"
)

var errNotUserSeed = errors.New("not the seed of a user (SU…)")

// An identity is who a connection is to the server: the nkey in a file. The client
// library fixes the public half at the start; this one can become another while
// the connection lives, from the next time that it connects.
type identity struct {
	path string
	next atomic.Pointer[nkey]
	// conn is the connection, nil until there is one.
	conn atomic.Pointer[nats.Conn]
	// known says that a server has let it in.
	known atomic.Bool
	// now is who the connection says it is. Guarded by the connection's own lock:
	// the library holds it when it calls turn and sign.
	now *nkey
}

type nkey struct {
	public string
	pair   nkeys.KeyPair
}

// option reports an unreadable seed when the connection is made.
func (i *identity) option(o *nats.Options) error {
	if err := i.read(); err != nil {
		return err
	}
	i.now = i.next.Load()
	o.Nkey, o.SignatureCB, o.ReconnectToServerCB = i.now.public, i.sign, i.turn
	return nil
}

// turn is called before each new try to connect. It chooses no server.
func (i *identity) turn([]nats.Server, nats.ServerInfo) (*nats.Server, time.Duration) {
	nc := i.conn.Load()
	if nc == nil {
		return nil, 0
	}
	if !i.known.Load() {
		// Nobody has been let in with it: the file may have been mended meanwhile.
		_ = i.read() // what was read before is tried on
	}
	i.now = i.next.Load()
	nc.Opts.Nkey = i.now.public
	return nil, 0
}

func (i *identity) sign(nonce []byte) ([]byte, error) { return i.now.pair.Sign(nonce) }

// read has what the file holds used from the next connection on.
func (i *identity) read() error {
	data, err := os.ReadFile(i.path)
	if err != nil {
		return fmt.Errorf("read NATS_NKEY: %w", err)
	}
	pair, err := nkeys.ParseDecoratedUserNKey(data)
	if err != nil {
		return fmt.Errorf("read NATS_NKEY: %s: %w", i.path, errNotUserSeed)
	}
	public, err := pair.PublicKey()
	if err != nil {
		return fmt.Errorf("read NATS_NKEY: %s: %w", i.path, errNotUserSeed)
	}
	i.next.Store(&nkey{public: public, pair: pair})
	return nil
}

// Rekey reads the file of Config.NKey again. If a server lets a second connection
// in with what it holds, and fit finds nothing wrong with what that connection may
// do, this one connects anew with it. After an error the former key stays in use.
func (q *Queue) Rekey(ctx context.Context, fit func(context.Context, *Queue) error) error {
	if q.identity == nil {
		return nil
	}
	cfg := q.cfg
	cfg.Wait, cfg.OnTrouble = false, nil
	trial, err := Connect(ctx, cfg)
	if err != nil {
		return err
	}
	if err := errors.Join(fit(ctx, trial), trial.Close()); err != nil {
		return err
	}
	q.identity.next.Store(trial.identity.next.Load())
	if err := q.nc.ForceReconnect(); err != nil {
		return fmt.Errorf("connect with another key: %w", err)
	}
	return nil
}
