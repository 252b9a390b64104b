package bench_test

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"testing"

	"go.uber.org/goleak"

	"github.com/otpworker/otpworker/worker/bench"
)

const processVariable = "OTPWORKER_BENCH_PROCESS"

// TestMain is also where the processes of a bench begin.
func TestMain(m *testing.M) {
	if os.Getenv(processVariable) != "" {
		if err := bench.Play(context.Background(), os.Stdin, os.Stdout); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	goleak.VerifyTestMain(m)
}

// again is the command of this binary as a process of a bench.
func again(ctx context.Context) *exec.Cmd {
	cmd := exec.CommandContext(ctx, os.Args[0])
	cmd.Env = append(os.Environ(), processVariable+"=1")
	return cmd
}
