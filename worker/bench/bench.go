package bench

import (
	"context"
	"fmt"
	"os/exec"
	"path/filepath"
	"time"

	"github.com/otpworker/otpworker/worker/queue"
)

// A Bench makes measurements, one at a time.
type Bench struct {
	// Command makes the command of one more process of this program, in which
	// [Play] runs with its standard input and output. Required.
	Command func(context.Context) *exec.Cmd
	// Queue is a given NATS, with URL or Context set. It must be without our
	// streams: they are made for each measurement and removed after it.
	// Defaults to a server of its own for each measurement, in a new folder.
	Queue queue.Config
	// Quiet is how long a measurement waits for other programs to leave the
	// machine alone, where the system tells; then it begins all the same.
	// Defaults to 0: it does not wait.
	Quiet time.Duration
	// Profiles is a folder that each process writes its CPU profile to, as
	// <number>-<contender>-<process>.cpu. Defaults to none.
	Profiles string

	// measured counts the measurements, under for whom.
	measured int
	under    string
}

// given says that somebody else's NATS is used.
func (b *Bench) given() bool { return b.Queue.URL != "" || b.Queue.Context != "" }

func (b *Bench) profilePath(name string) string {
	return filepath.Join(b.Profiles, fmt.Sprintf("%02d-%s-%s", b.measured, b.under, name))
}
