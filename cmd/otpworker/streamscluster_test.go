package main

import (
	"fmt"
	"net"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/nats-io/nats-server/v2/server"
)

// Three servers of just deploy/nats are one queue that lives on without one of
// them.
func TestNATSCluster(t *testing.T) {
	keys := installation(t)
	servers := startCluster(t)
	var urls []string
	for _, srv := range servers {
		urls = append(urls, srv.ClientURL())
	}
	all := strings.Join(urls, ",")
	out := asOperator(t, append(identity(all, keys, "operator"), "OTPWORKER_REPLICAS=3"), "streams", "--apply")
	if strings.Count(out, "copies: 3\n") != len(defaultSettings().Queue.Stored()) {
		t.Errorf("streams --apply: %s", out)
	}
	box, provider := startSandbox(t)
	worker := append(identity(all, keys, "worker"), "OTPWORKER_REPLICAS=3")
	startWorker(t, append(worker, provider...))
	batchSends(t, identity(all, keys, "batch"), 10)
	servers[0].Shutdown()
	servers[0].WaitForShutdown()
	app := identity(strings.Join(urls[1:], ","), keys, "app")
	appSends(t, app)
	if stats := box.Stats(); stats.Accepted != 11 || stats.Repeats != 0 {
		t.Errorf("%d codes sent, %d of them twice", stats.Accepted, stats.Repeats)
	}
}

func startCluster(t *testing.T) (servers []*server.Server) {
	t.Helper()
	ports := freePorts(t, 3)
	routes := fmt.Sprintf("[nats-route://127.0.0.1:%d, nats-route://127.0.0.1:%d, nats-route://127.0.0.1:%d]", ports[0], ports[1], ports[2])
	t.Setenv("NATS_ROUTES", routes)
	for i, port := range ports {
		opts := natsOptions(t, filepath.Join("conf", "cluster.conf"), fmt.Sprintf("nats-%d", i))
		opts.Cluster.Host, opts.Cluster.Port = "127.0.0.1", port
		servers = append(servers, startNATS(t, opts))
	}
	if !until(func() bool { return hasLeader(servers) }) {
		t.Fatal("the cluster has no leader")
	}
	return servers
}

func hasLeader(servers []*server.Server) bool {
	for _, srv := range servers {
		if srv.JetStreamIsLeader() && len(srv.JetStreamClusterPeers()) == len(servers) {
			return true
		}
	}
	return false
}

func freePorts(t *testing.T, n int) (ports []int) {
	t.Helper()
	for range n {
		listener, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		defer listener.Close()
		ports = append(ports, listener.Addr().(*net.TCPAddr).Port)
	}
	return ports
}

// A stranger that reaches the cluster's port is no member: it has no
// certificate of our authority.
func TestNATSClusterTakesNoStranger(t *testing.T) {
	installation(t)
	port := freePorts(t, 1)[0]
	t.Setenv("NATS_ROUTES", fmt.Sprintf("[nats-route://127.0.0.1:%d]", port)) // both know the member's door only
	member := natsOptions(t, filepath.Join("conf", "cluster.conf"), "nats-0")
	member.Cluster.Host, member.Cluster.Port = "127.0.0.1", port
	srv := startNATS(t, member)
	var log errorLog
	srv.SetLoggerV2(&log, false, false, false)

	installation(t) // another authority
	stranger := natsOptions(t, filepath.Join("conf", "cluster.conf"), "nats-1")
	stranger.Cluster.Host, stranger.Cluster.Port = "127.0.0.1", server.RANDOM_PORT
	stranger.Cluster.TLSConfig.InsecureSkipVerify = true // it does not care who we are
	startNATS(t, stranger)
	if !until(func() bool { return log.has("certificate signed by unknown authority") }) {
		t.Errorf("the stranger was not refused: %q", log.lines)
	}
	if srv.NumRoutes() != 0 {
		t.Error("a stranger joined the cluster")
	}
}

// errorLog keeps what a server logs as an error.
type errorLog struct {
	mu    sync.Mutex
	lines []string
}

func (l *errorLog) Errorf(format string, v ...any) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.lines = append(l.lines, fmt.Sprintf(format, v...))
}

func (l *errorLog) has(part string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.ContainsFunc(l.lines, func(line string) bool { return strings.Contains(line, part) })
}

func (l *errorLog) Noticef(string, ...any) {}
func (l *errorLog) Warnf(string, ...any)   {}
func (l *errorLog) Fatalf(string, ...any)  {}
func (l *errorLog) Debugf(string, ...any)  {}
func (l *errorLog) Tracef(string, ...any)  {}
