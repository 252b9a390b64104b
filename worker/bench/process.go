package bench

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"strings"
	"sync"
	"time"
)

// askTime bounds an answer: the longest is a worker's, which ends its jobs in
// hand first.
const askTime = time.Minute

// A process is this program once more, in a role.
type process struct {
	name    string
	cmd     *exec.Cmd
	stdin   io.WriteCloser
	asking  *json.Encoder
	replies chan reply // closed when the process says no more
	errOut  tail
	url     string
	ended   bool
}

// start starts a process and waits until it is ready.
func (b *Bench) start(ctx context.Context, name string, r role) (*process, error) {
	if b.Profiles != "" {
		r.Profile = b.profilePath(name)
	}
	p := &process{name: name, cmd: b.Command(ctx), replies: make(chan reply)}
	p.cmd.Stderr = &p.errOut
	stdout, err := p.cmd.StdoutPipe()
	if err != nil {
		return nil, fmt.Errorf("start %s: %w", name, err)
	}
	if p.stdin, err = p.cmd.StdinPipe(); err != nil {
		return nil, fmt.Errorf("start %s: %w", name, err)
	}
	if err := p.cmd.Start(); err != nil {
		return nil, fmt.Errorf("start %s: %w", name, err)
	}
	p.asking = json.NewEncoder(p.stdin)
	go p.listen(stdout)
	err = p.asking.Encode(r)
	if err == nil {
		var ready reply
		ready, err = p.answer(ctx)
		p.url = ready.URL
	}
	if err != nil {
		return nil, p.broken("start", err)
	}
	return p, nil
}

// broken ends a process that did not do as it should, and quotes its last words.
func (p *process) broken(op string, err error) error {
	p.kill()
	return fmt.Errorf("%s %s: %w%s", op, p.name, err, p.errOut.quoted())
}

// listen ends with the process.
func (p *process) listen(stdout io.Reader) {
	defer close(p.replies)
	replies := json.NewDecoder(stdout)
	for {
		var a reply
		if replies.Decode(&a) != nil {
			return
		}
		p.replies <- a
	}
}

// ask asks for one thing.
func (p *process) ask(ctx context.Context, q request) (reply, error) {
	err := p.asking.Encode(q)
	if err == nil {
		var a reply
		if a, err = p.answer(ctx); err == nil {
			return a, nil
		}
	}
	return reply{}, p.broken("ask for "+q.Do+" of", err)
}

func (p *process) answer(ctx context.Context) (reply, error) {
	timer := time.NewTimer(askTime)
	defer timer.Stop()
	select {
	case a, ok := <-p.replies:
		if !ok {
			return reply{}, errors.New("it ended")
		}
		return a, nil
	case <-timer.C:
		return reply{}, fmt.Errorf("no answer within %s", askTime)
	case <-ctx.Done():
		return reply{}, ctx.Err()
	}
}

// stop ends a process softly and returns what it has used.
func (p *process) stop(ctx context.Context) (Usage, error) {
	_ = p.stdin.Close()
	last, err := p.answer(ctx)
	if err != nil {
		return Usage{}, p.broken("stop", err)
	}
	for range p.replies { // none comes; it ends when the process has closed its output
	}
	p.ended = true
	if err := p.cmd.Wait(); err != nil {
		return Usage{}, fmt.Errorf("stop %s: %w%s", p.name, err, p.errOut.quoted())
	}
	return last.Usage, nil
}

// kill ends a process that is of no use any more. One that has ended is left.
func (p *process) kill() {
	if p.ended {
		return
	}
	p.ended = true
	_ = p.stdin.Close()
	_ = p.cmd.Process.Kill()
	for range p.replies { // what it had still to say is of no use either
	}
	_ = p.cmd.Wait() // killed is how it is meant to end
}

// A tail keeps the last words of a process.
type tail struct {
	mu   sync.Mutex
	text []byte
}

const tailBytes = 4 << 10

func (t *tail) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.text = append(t.text, p...)
	t.text = t.text[max(0, len(t.text)-tailBytes):]
	return len(p), nil
}

func (t *tail) quoted() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	if text := strings.TrimSpace(string(t.text)); text != "" {
		return "; it wrote:\n" + text
	}
	return ""
}
