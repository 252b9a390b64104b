// Command otpworker runs send workers for one-time passwords, and all that a
// person needs around them.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"
)

// Exit codes.
const (
	exitOK          = 0
	exitFailed      = 1 // some jobs failed, or an unexpected error
	exitUsage       = 2 // wrong flags or configuration
	exitUnreachable = 3 // no NATS server, or no queue on it
	exitTimeout     = 4 // waited in vain
	exitUnwell      = 5 // doctor found something wrong
	exitInterrupted = 130
)

// exitCodes is the same for the help of the command.
const exitCodes = `Exit codes:
  0  done; for run: drained cleanly
  1  some jobs were not sent, or an unexpected error
  2  wrong flags or configuration; every fault is listed
  3  NATS cannot be reached, or has no job queue
  4  no result in time
  5  doctor: a check failed
  130  interrupted before it was done
A second SIGINT or SIGTERM ends the process at once, with 130 or 143.`

// A failure is an error with the exit code it stands for.
type failure struct {
	code int
	err  error
}

func (f *failure) Error() string { return f.err.Error() }
func (f *failure) Unwrap() error { return f.err }

func fail(code int, err error) error {
	if err == nil {
		return nil
	}
	return &failure{code, err}
}

func main() {
	os.Exit(run(os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
}

// run is main without the process around it.
func run(args []string, in io.Reader, out, errOut io.Writer) int {
	// A server of net/http reports through the standard logger what it cannot
	// make sense of, verbatim: it could be anything, a number included.
	log.SetOutput(io.Discard)

	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	// The first signal stops softly; after it the second one has its default
	// effect and ends the process at once.
	context.AfterFunc(ctx, stop)

	root := rootCommand()
	root.SetArgs(args)
	root.SetIn(in)
	root.SetOut(out)
	root.SetErr(errOut)
	return exitCode(root.ExecuteContext(ctx), errOut)
}

func exitCode(err error, errOut io.Writer) int {
	var f *failure
	switch {
	case err == nil:
		return exitOK
	case errors.As(err, &f):
		fmt.Fprintln(errOut, "otpworker:", err)
		return f.code
	default:
		// cobra's own errors are about arguments.
		fmt.Fprintln(errOut, "otpworker:", err)
		fmt.Fprintln(errOut, "Run 'otpworker --help' for usage.")
		return exitUsage
	}
}

func rootCommand() *cobra.Command {
	root := &cobra.Command{
		Use:   "otpworker",
		Short: "Send one-time passwords from a NATS queue through the ITNIO OTP API",
		Long: `otpworker takes send jobs from a NATS JetStream queue, calls the provider
once per attempt, and publishes exactly one result per job.

  otpworker demo       everything in one process, nothing to set up
  otpworker run        a worker; without NATS_URL it brings its own queue
  otpworker sandbox    the provider, for trying things out without an account
  otpworker provider   apps, templates, flows, records at the provider

` + exitCodes,
		Args:          cobra.NoArgs,
		RunE:          func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
		SilenceUsage:  true,
		SilenceErrors: true,
	}
	root.AddCommand(runCommand(), healthCommand(), topCommand(), demoCommand(), sandboxCommand(), benchCommand(), sendCommand(), batchCommand(), resultsCommand(), deadCommand(), doctorCommand(), streamsCommand(), keysCommand(), providerCommand(), versionCommand())
	hideMistakes(root)
	return root
}
