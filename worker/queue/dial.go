package queue

import (
	"errors"
	"fmt"
	"net"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/synadia-io/orbit.go/natscontext"
)

func dial(cfg Config, opts []nats.Option) (*nats.Conn, error) {
	if cfg.Context != "" {
		nc, _, err := natscontext.Connect(cfg.Context, opts...)
		return nc, err
	}
	url := cfg.URL
	if url == "" {
		url = nats.DefaultURL
	}
	return nats.Connect(url, opts...)
}

// dialError tells a server that does not answer from one that refuses, and from
// a key file that cannot be read.
func dialError(err error) error {
	if _, ok := errors.AsType[*net.OpError](err); ok || errors.Is(err, nats.ErrNoServers) {
		return fmt.Errorf("%w: %w", ErrUnreachable, err)
	}
	return err
}

// options sets what a worker that must never go silent needs: it reconnects
// for ever, notices a dead server within 15 s, does not store acks for a later
// connection (a stale ack could settle another worker's delivery), and hears
// of refused rights.
func (q *Queue) options(up chan<- struct{}) []nats.Option {
	opts := []nats.Option{
		nats.Name(q.cfg.Name),
		nats.MaxReconnects(-1),
		nats.IgnoreAuthErrorAbort(),
		nats.Timeout(5 * time.Second),
		nats.ReconnectWait(500 * time.Millisecond),
		nats.ReconnectJitter(500*time.Millisecond, time.Second),
		nats.PingInterval(5 * time.Second),
		nats.MaxPingsOutstanding(2),
		nats.ReconnectBufSize(-1),
		nats.PermissionErrOnSubscribe(true),
		nats.ErrorHandler(func(_ *nats.Conn, _ *nats.Subscription, err error) { q.trouble(err) }),
		nats.DisconnectErrHandler(func(_ *nats.Conn, err error) {
			if err != nil {
				q.trouble(fmt.Errorf("disconnected: %w", err))
			}
		}),
	}
	if q.cfg.InboxPrefix != "" {
		opts = append(opts, nats.CustomInboxPrefix(q.cfg.InboxPrefix))
	}
	if q.cfg.Creds != "" {
		opts = append(opts, nats.UserCredentials(q.cfg.Creds))
	}
	if q.identity != nil {
		opts = append(opts, q.identity.option)
	}
	if q.cfg.Cert != "" {
		opts = append(opts, nats.ClientCert(q.cfg.Cert, q.cfg.Key))
	}
	if q.cfg.CA != "" {
		opts = append(opts, nats.RootCAs(q.cfg.CA))
	}
	opts = append(opts, q.cfg.Options...)
	return append(opts, q.watch(up))
}

// watch tells up of the first connection, q.closed of the end, and requests that
// wait of each disconnect, beside what the caller's own options have put there.
func (q *Queue) watch(up chan<- struct{}) nats.Option {
	return func(o *nats.Options) error {
		o.ConnectedCB = both(o.ConnectedCB, func(*nats.Conn) { up <- struct{}{} })
		o.ClosedCB = both(o.ClosedCB, func(*nats.Conn) { close(q.closed) })
		said := o.DisconnectedErrCB
		o.DisconnectedErrCB = func(nc *nats.Conn, err error) {
			q.asks.disconnected()
			if said != nil {
				said(nc, err)
			}
		}
		return nil
	}
}

func both(first, then nats.ConnHandler) nats.ConnHandler {
	if first == nil {
		return then
	}
	return func(nc *nats.Conn) {
		first(nc)
		then(nc)
	}
}
