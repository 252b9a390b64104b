package bench

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/otpworker/otpworker/worker/queue"
)

// A link is what of a [queue.Config] travels to another process.
type link struct {
	URL         string        `json:"url,omitempty"`
	Context     string        `json:"context,omitempty"`
	Creds       string        `json:"creds,omitempty"`
	NKey        string        `json:"nkey,omitempty"`
	Cert        string        `json:"cert,omitempty"`
	Key         string        `json:"key,omitempty"`
	CA          string        `json:"ca,omitempty"`
	InboxPrefix string        `json:"inboxPrefix,omitempty"`
	Domain      string        `json:"domain,omitempty"`
	Replicas    int           `json:"replicas"`
	AckWait     time.Duration `json:"ackWait"`
	JobBytes    int64         `json:"jobBytes"`
}

func linkOf(c queue.Config) link {
	return link{
		URL: c.URL, Context: c.Context, Creds: c.Creds, NKey: c.NKey, Cert: c.Cert, Key: c.Key, CA: c.CA,
		InboxPrefix: c.InboxPrefix, Domain: c.Domain, Replicas: c.Replicas, AckWait: c.AckWait, JobBytes: c.JobBytes,
	}
}

func (l link) config(name string) queue.Config {
	c := queue.DefaultConfig()
	c.URL, c.Context, c.Creds, c.NKey, c.Cert, c.Key, c.CA = l.URL, l.Context, l.Creds, l.NKey, l.Cert, l.Key, l.CA
	c.InboxPrefix, c.Domain, c.Replicas, c.AckWait, c.JobBytes = l.InboxPrefix, l.Domain, l.Replicas, l.AckWait, l.JobBytes
	c.Name = name
	return c
}

// connect opens the queue, and hands out its connection for what the queue does
// not do: its options and its identity are the same for all.
func connect(ctx context.Context, cfg queue.Config, opts ...jetstream.JetStreamOpt) (*queue.Queue, *nats.Conn, jetstream.JetStream, error) {
	made := make(chan *nats.Conn, 1)
	cfg.Options = append(slices.Clip(cfg.Options), nats.ConnectHandler(func(nc *nats.Conn) {
		select {
		case made <- nc:
		default:
		}
	}))
	q, err := queue.Connect(ctx, cfg)
	if err != nil {
		return nil, nil, nil, err
	}
	nc := <-made // it is connected, and the handler is called once it is
	js, err := openJetStream(nc, cfg.Domain, opts...)
	if err != nil {
		_ = q.Close()
		return nil, nil, nil, fmt.Errorf("open jetstream: %w", err)
	}
	return q, nc, js, nil
}

func openJetStream(nc *nats.Conn, domain string, opts ...jetstream.JetStreamOpt) (jetstream.JetStream, error) {
	if domain != "" {
		return jetstream.NewWithDomain(nc, domain, opts...)
	}
	return jetstream.New(nc, opts...)
}
