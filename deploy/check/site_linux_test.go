package check

import (
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

// inside says that this process is alone in namespaces of its own.
const inside = "OTPWORKER_CHECK_INSIDE"

// alone runs the test that calls it once more, in namespaces of its own: there it
// may make networks and leaves none behind. It is false in the process outside.
func alone(t *testing.T, binaries string, args ...string) bool {
	t.Helper()
	if os.Getenv(inside) != "" {
		return true
	}
	if _, err := exec.LookPath("ip"); err != nil {
		t.Fatalf("%v\nThe test makes a network of its own: apt-get install iproute2", err)
	}
	cmd := exec.CommandContext(t.Context(), os.Args[0], append([]string{"-test.run=^" + t.Name() + "$", "-test.v"}, args...)...)
	cmd.Env = append(os.Environ(), inside+"="+binaries)
	cmd.Stdout, cmd.Stderr = t.Output(), t.Output()
	cmd.SysProcAttr = &syscall.SysProcAttr{
		Cloneflags:  syscall.CLONE_NEWUSER | syscall.CLONE_NEWNET | syscall.CLONE_NEWNS,
		UidMappings: []syscall.SysProcIDMap{{HostID: os.Geteuid(), Size: 1}},
		GidMappings: []syscall.SysProcIDMap{{HostID: os.Getegid(), Size: 1}},
		Pdeathsig:   syscall.SIGKILL,
	}
	runtime.LockOSThread() // Pdeathsig is the thread's death
	defer runtime.UnlockOSThread()
	if err := cmd.Start(); err != nil {
		t.Fatalf("%v\nThe test needs user namespaces.", err)
	}
	if err := cmd.Wait(); err != nil {
		t.Error(err)
	}
	return false
}

// A site is hosts at one switch, each with a network namespace, an address and a
// root folder of its own.
type site struct {
	t     *testing.T
	dir   string
	names strings.Builder // its hosts file
	hosts int
}

// A host is a thread in the host's network, which does what is asked of it.
type host struct {
	site *site
	name string
	root string
	work chan func()
}

func newSite(t *testing.T) *site {
	t.Helper()
	s := &site{t: t, dir: t.TempDir()}
	// ip keeps the names of networks in /run.
	if err := unix.Mount("tmpfs", "/run", "tmpfs", 0, ""); err != nil {
		t.Fatalf("mount /run: %v", err)
	}
	s.ip("link", "set", "lo", "up")
	s.ip("link", "add", "switch", "type", "bridge")
	s.ip("addr", "add", "10.77.0.254/24", "dev", "switch")
	s.ip("link", "set", "switch", "up")
	return s
}

func (s *site) ip(args ...string) {
	s.t.Helper()
	if out, err := exec.CommandContext(s.t.Context(), "ip", args...).CombinedOutput(); err != nil {
		s.t.Fatalf("ip %s: %v\n%s", strings.Join(args, " "), err, out)
	}
}

// add adds a host that the others know by these names.
func (s *site) add(name string, names ...string) *host {
	s.t.Helper()
	s.hosts++
	address := fmt.Sprintf("10.77.0.%d", s.hosts)
	for _, n := range names {
		fmt.Fprintf(&s.names, "%s %s\n", address, n)
	}
	h := &host{site: s, name: name, root: filepath.Join(s.dir, name), work: make(chan func())}
	s.ip("netns", "add", name)
	s.ip("link", "add", "to-"+name, "type", "veth", "peer", "name", "eth0", "netns", name)
	s.ip("link", "set", "to-"+name, "master", "switch", "up")
	s.ip("-n", name, "addr", "add", address+"/24", "dev", "eth0")
	s.ip("-n", name, "link", "set", "eth0", "up")
	s.ip("-n", name, "link", "set", "lo", "up")
	entered := make(chan error)
	go h.live(entered)
	if err := <-entered; err != nil {
		s.t.Fatalf("enter the network of %s: %v", name, err)
	}
	s.t.Cleanup(func() { close(h.work) })
	return h
}

// live never gives its thread back: it is in another network.
func (h *host) live(entered chan<- error) {
	runtime.LockOSThread()
	entered <- enter("/run/netns/" + h.name)
	for do := range h.work {
		do()
	}
}

func enter(path string) error {
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(unix.Setns(int(file.Fd()), unix.CLONE_NEWNET), file.Close())
}

// do has something done on the host.
func (h *host) do(what func()) {
	done := make(chan struct{})
	h.work <- func() { defer close(done); what() }
	<-done
}

// listen opens a port of the host's.
func (h *host) listen(address string) net.Listener {
	h.site.t.Helper()
	var l net.Listener
	var err error
	h.do(func() { l, err = net.Listen("tcp", address) })
	if err != nil {
		h.site.t.Fatalf("listen at %s: %v", h.name, err)
	}
	return l
}

// cut pulls the host's cable, mend puts it back.
func (h *host) cut()  { h.site.ip("link", "set", "to-"+h.name, "down") }
func (h *host) mend() { h.site.ip("link", "set", "to-"+h.name, "up") }
