//go:build unix

package proof_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/otpworker/otpworker/worker/queue"
)

// A broker is one NATS server or a cluster of three, each in its own process
// with its own folder.
type broker struct {
	t         *testing.T
	processes *processes
	nodes     []role
	running   []*process
}

func startBroker(t *testing.T, ps *processes, rng *rand.Rand, nodes int) *broker {
	t.Helper()
	b := &broker{t: t, processes: ps, running: make([]*process, nodes)}
	var routes []string
	for i := range nodes {
		name := fmt.Sprintf("n%d", i+1)
		node := role{Kind: "nats", Name: name, Dir: filepath.Join(ps.dir, name), Port: freePort(t, rng)}
		if nodes > 1 {
			node.ClusterPort = freePort(t, rng)
			routes = append(routes, fmt.Sprintf("nats://127.0.0.1:%d", node.ClusterPort))
		}
		b.nodes = append(b.nodes, node)
	}
	for i := range b.nodes {
		b.nodes[i].Routes = strings.Join(routes, ",")
		b.start(i)
	}
	return b
}

// freePort finds a port below the range from which the system hands out its
// own: a server that is killed must find its port free again.
func freePort(t *testing.T, rng *rand.Rand) int {
	t.Helper()
	for range 1000 {
		port := 20000 + rng.IntN(12000)
		if l, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", port)); err == nil {
			_ = l.Close()
			return port
		}
	}
	t.Fatal("no free port")
	return 0
}

func (b *broker) start(i int) {
	p, err := b.processes.start(b.nodes[i])
	if err != nil {
		b.t.Errorf("start %s: %v", b.nodes[i].Name, err)
		return
	}
	b.running[i] = p
}

func (b *broker) kill(i int) { b.running[i].kill() }

// addresses are where clients connect.
func (b *broker) addresses() []string {
	var all []string
	for _, n := range b.nodes {
		all = append(all, fmt.Sprintf("127.0.0.1:%d", n.Port))
	}
	return all
}

func (b *broker) url() string { return "nats://" + strings.Join(b.addresses(), ",nats://") }

// provision waits for the servers and creates the streams.
func (b *broker) provision(ctx context.Context) (*queue.Queue, error) {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	q, err := queue.Connect(ctx, queueConfig("producer", b.url(), len(b.nodes)))
	if err != nil {
		return nil, err
	}
	b.t.Cleanup(func() { _ = q.Close() })
	until(ctx, func() bool {
		try, cancel := context.WithTimeout(ctx, 5*time.Second)
		defer cancel()
		err = q.Provision(try)
		return err == nil
	})
	return q, err
}
