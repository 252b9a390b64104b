package bench

import (
	"context"
	"errors"
	"fmt"
	"net"
	"time"

	"github.com/nats-io/nats-server/v2/server"

	"github.com/otpworker/otpworker/client/sandbox"
)

// natsRole is a JetStream server with its streams in a folder.
type natsRole struct {
	Dir  string `json:"dir"`
	Sync Sync   `json:"sync"`
}

func (r natsRole) begin() (*part, error) {
	srv, err := server.NewServer(&server.Options{
		ServerName: "otpworker-bench", Host: "127.0.0.1", Port: server.RANDOM_PORT,
		JetStream: true, StoreDir: r.Dir, SyncAlways: r.Sync == SyncAlways,
		NoSigs: true, NoLog: true, DisableJetStreamBanner: true,
	})
	if err != nil {
		return nil, fmt.Errorf("start NATS server: %w", err)
	}
	srv.Start()
	if !srv.ReadyForConnections(10 * time.Second) {
		srv.Shutdown()
		return nil, errors.New("start NATS server: it did not become ready within 10s")
	}
	return &part{url: srv.ClientURL(), end: func() error {
		srv.Shutdown()
		srv.WaitForShutdown()
		return nil
	}}, nil
}

// sandboxRole is the provider.
type sandboxRole struct {
	Latency time.Duration `json:"latency"`
	// Sends is how many it remembers.
	Sends int `json:"sends"`
}

// An expectation is jobs to come and when they expire.
type expectation struct {
	Run       string    `json:"run"`
	Jobs      int       `json:"jobs"`
	ExpiresAt time.Time `json:"expiresAt"`
}

func (r sandboxRole) begin(ctx context.Context) (*part, error) {
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("start sandbox: %w", err)
	}
	box := sandbox.New(sandbox.Config{Latency: r.Latency, MaxSends: r.Sends})
	served := make(chan error, 1)
	go func() { served <- box.Serve(listener) }()
	return &part{
		url: "http://" + listener.Addr().String() + "/otp",
		ask: func(q request, a *reply) {
			if e := q.Expect; e != nil {
				for n := range e.Jobs {
					box.Expect(jobID(e.Run, n), e.ExpiresAt)
				}
			}
			if q.Do == doStats {
				stats := box.Stats()
				a.Stats = &stats
			}
		},
		end: func() error {
			_ = listener.Close() // a Close that came before Serve began does not end it
			return errors.Join(box.Close(), <-served)
		},
	}, nil
}
