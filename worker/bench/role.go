package bench

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/otpworker/otpworker/client/sandbox"
)

// A role is what a process of a bench is. One of the three is set.
type role struct {
	NATS      *natsRole      `json:"nats,omitempty"`
	Sandbox   *sandboxRole   `json:"sandbox,omitempty"`
	Contender *contenderRole `json:"contender,omitempty"`
	// Profile is the file for a CPU profile of the measured time; empty: none.
	Profile string `json:"profile,omitempty"`
}

// What a process is asked for.
const (
	doGo     = "go"     // the measured time begins
	doUsage  = "usage"  // of CPU and memory so far
	doExpect = "expect" // when jobs to come expire; sandbox
	doStats  = "stats"  // what came in; sandbox
)

type request struct {
	Do     string       `json:"do"`
	Expect *expectation `json:"expect,omitempty"`
}

type reply struct {
	URL   string         `json:"url,omitempty"`
	Usage Usage          `json:"usage"`
	Stats *sandbox.Stats `json:"stats,omitempty"`
}

// A part is a role that plays.
type part struct {
	url string
	// work begins the measured work; nil: it is there already.
	work func()
	// ask answers what is not the same for all; nil: nothing is.
	ask func(request, *reply)
	// failed tells of a part that cannot go on; nil: it always can.
	failed <-chan error
	// end stops it, and waits.
	end func() error
}

// Play is a process of a bench: it reads its role and then requests from in,
// answers each with a line on out, and ends when in does. The error is why it
// could not go on.
func Play(ctx context.Context, in io.Reader, out io.Writer) error {
	requests := json.NewDecoder(in)
	replies := json.NewEncoder(out)
	var r role
	if err := requests.Decode(&r); err != nil {
		return fmt.Errorf("read role: %w", err)
	}
	p, err := r.begin(ctx)
	if err != nil {
		return err
	}
	prof := &profiler{path: r.Profile}
	err = p.serve(requests, replies, prof)
	err = errors.Join(err, p.end(), prof.end())
	if err != nil {
		return err
	}
	usage, err := used()
	if err != nil {
		return err
	}
	return replies.Encode(reply{Usage: usage})
}

func (r role) begin(ctx context.Context) (*part, error) {
	switch {
	case r.NATS != nil:
		return r.NATS.begin()
	case r.Sandbox != nil:
		return r.Sandbox.begin(ctx)
	case r.Contender != nil:
		return r.Contender.begin(ctx)
	}
	return nil, errors.New("read role: it names none")
}

// serve answers until there are no more requests or the part has failed.
func (p *part) serve(in *json.Decoder, out *json.Encoder, prof *profiler) error {
	if err := out.Encode(reply{URL: p.url}); err != nil {
		return fmt.Errorf("say ready: %w", err)
	}
	ended := make(chan error, 1)
	go func() { ended <- p.answer(in, out, prof) }()
	select {
	case err := <-ended:
		return err
	case err := <-p.failed:
		// The one who reads requests ends with the process.
		return err
	}
}

func (p *part) answer(in *json.Decoder, out *json.Encoder, prof *profiler) error {
	for {
		var q request
		if err := in.Decode(&q); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return fmt.Errorf("read request: %w", err)
		}
		var a reply
		var err error
		switch q.Do {
		case doGo:
			err = prof.begin()
		case doUsage: // the measured time is over
			err = prof.end()
		}
		if err == nil && p.ask != nil {
			p.ask(q, &a)
		}
		if err == nil {
			a.Usage, err = used()
		}
		if err == nil && q.Do == doGo && p.work != nil {
			p.work()
		}
		if err == nil {
			err = out.Encode(a)
		}
		if err != nil {
			return fmt.Errorf("answer %s: %w", q.Do, err)
		}
	}
}
