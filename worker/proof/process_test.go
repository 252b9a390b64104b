//go:build unix

package proof_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
)

// A process is this binary once more, in a role and a process group of its own.
type process struct {
	name  string
	cmd   *exec.Cmd
	stdin io.Closer
	// meant says that its end is ours.
	meant atomic.Bool
	done  chan struct{}
	end   error
}

// processes are those of a run, all of them ended with it.
type processes struct {
	t   *testing.T
	dir string

	mu  sync.Mutex
	all []*process
}

func newProcesses(t *testing.T, dir string) *processes {
	ps := &processes{t: t, dir: dir}
	t.Cleanup(ps.end)
	return ps
}

// start starts a process, which writes its log to <dir>/<name>.log.
func (ps *processes) start(r role) (*process, error) {
	exe, err := os.Executable()
	if err != nil {
		return nil, err
	}
	text, err := json.Marshal(r)
	if err != nil {
		return nil, err
	}
	log, err := os.OpenFile(filepath.Join(ps.dir, r.Name+".log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, err
	}
	defer func() { _ = log.Close() }() // the process has its own
	p := &process{name: r.Name, cmd: exec.Command(exe), done: make(chan struct{})}
	p.cmd.Env = append(os.Environ(), roleVariable+"="+string(text))
	p.cmd.Stdout, p.cmd.Stderr = log, log
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if p.stdin, err = p.cmd.StdinPipe(); err != nil {
		return nil, err
	}
	if err := p.cmd.Start(); err != nil {
		return nil, err
	}
	go func() {
		p.end = p.cmd.Wait()
		close(p.done)
	}()
	ps.mu.Lock()
	defer ps.mu.Unlock()
	ps.all = append(ps.all, p)
	return p, nil
}

// kill is kill -9. It returns when the process is gone.
func (p *process) kill() {
	p.meant.Store(true)
	p.signal(syscall.SIGKILL)
	<-p.done
	_ = p.stdin.Close()
}

// signal reaches the process group; one that is gone has left its number to
// others.
func (p *process) signal(s syscall.Signal) {
	select {
	case <-p.done:
	default:
		_ = syscall.Kill(-p.cmd.Process.Pid, s)
	}
}

// end kills what still runs and reports what ended by itself or had a race.
func (ps *processes) end() {
	ps.mu.Lock()
	defer ps.mu.Unlock()
	for _, p := range ps.all {
		select {
		case <-p.done:
			if !p.meant.Load() {
				ps.t.Errorf("%s ended by itself: %v\n%s", p.name, p.end, ps.lastLines(p.name))
			}
		default:
			p.kill()
		}
	}
	ps.lookForRaces()
	ps.all = nil
}

func (ps *processes) lastLines(name string) []byte {
	log, err := os.ReadFile(filepath.Join(ps.dir, name+".log"))
	if err != nil {
		return fmt.Append(nil, err)
	}
	return log[max(0, len(log)-4<<10):]
}

// lookForRaces reads the logs: the race detector of a process that is killed
// fails nothing by itself.
func (ps *processes) lookForRaces() {
	logs, _ := filepath.Glob(filepath.Join(ps.dir, "*.log"))
	for _, path := range logs {
		log, err := os.ReadFile(path)
		if err != nil {
			ps.t.Error(err)
		}
		if at := bytes.Index(log, []byte("WARNING: DATA RACE")); at >= 0 {
			ps.t.Errorf("%s: %s", filepath.Base(path), log[at:min(len(log), at+4<<10)])
		}
	}
}
