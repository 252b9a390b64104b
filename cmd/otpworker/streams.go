package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/spf13/cobra"

	"github.com/otpworker/otpworker/worker"
	"github.com/otpworker/otpworker/worker/queue"
)

// streamsOptions are the flags.
type streamsOptions struct {
	print, keys string
	apply       bool
	renew       bool
	hosts       []string
}

func streamsCommand() *cobra.Command {
	o := streamsOptions{hosts: []string{"nats", "localhost", "127.0.0.1"}}
	cmd := &cobra.Command{
		Use:   "streams {--print nats|nack|json | --apply | --keys DIR}",
		Short: "What an operator of NATS needs: streams, rights, keys",
		Long: `Print the streams and rights that otpworker needs, as the environment sets it
(OTPWORKER_REPLICAS, OTPWORKER_JOB_BYTES, OTPWORKER_REPLY_ALLOW, OTPWORKER_LEDGER,
OTPWORKER_SUPERSEDE):

  --print nats   accounts of a NATS server: the least rights of each role
  --print nack   Stream resources for NACK, the operator of Kubernetes
  --print json   the streams as a list; each is a file for 'nats stream add --config'

or create and update the streams with the operator's rights (--apply), so that
workers need no more than their own and run with OTPWORKER_PROVISION=verify;

or make what the roles connect with (--keys DIR): for each role a folder with its
nkey seed and the certificate of a new authority, and in DIR/nats the server's
certificate for --hosts and the public keys that the accounts include. What is in
DIR already stays as it is; roles that it lacks are added. With --renew the server's
certificate is made anew, of the authority whose key is DIR/ca.key: it lasts two
years, the authority ten.

` + exitCodes,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return o.run(cmd) },
	}
	f := cmd.Flags()
	f.StringVar(&o.print, "print", "", "nats, nack or json")
	f.BoolVar(&o.apply, "apply", false, "create and update the streams at NATS_URL")
	f.StringVar(&o.keys, "keys", "", "folder to write keys and certificates to")
	f.BoolVar(&o.renew, "renew", false, "with --keys: make the server's certificate anew")
	f.StringSliceVar(&o.hosts, "hosts", o.hosts, "names and addresses of the servers, for their certificate")
	cmd.MarkFlagsOneRequired("print", "apply", "keys")
	cmd.MarkFlagsMutuallyExclusive("print", "apply", "keys")
	return cmd
}

func (o streamsOptions) run(cmd *cobra.Command) error {
	switch {
	case o.renew && o.keys == "":
		return fail(exitUsage, errors.New("--renew: needs --keys DIR, the folder with ca.key"))
	case o.renew:
		return fail(exitFailed, renewCert(cmd.ErrOrStderr(), o.keys, o.hosts))
	case o.keys != "":
		return fail(exitFailed, writeKeys(cmd.ErrOrStderr(), o.keys, o.hosts))
	case o.apply:
		return applyStreams(cmd)
	}
	show, ok := map[string]func(io.Writer, settings) error{"nats": printAccounts, "nack": printNACK, "json": printJSON}[o.print]
	if !ok {
		return fail(exitUsage, fmt.Errorf("--print: %s is not nats, nack or json", typed(o.print)))
	}
	s, warnings, err := loadSettings(os.Environ())
	if err := errors.Join(err, s.Queue.Validate(), s.Worker.Validate()); err != nil {
		return misconfigured(cmd, warnings, err)
	}
	return fail(exitFailed, show(cmd.OutOrStdout(), s))
}

// use is what a worker with these settings does with the queue.
func (s settings) use() queue.Use {
	return queue.Use{ReplyTo: s.Worker.ReplyAllow, Ledger: s.Worker.Ledger == worker.On, Supersede: s.Worker.Supersede}
}

// applyLimit is how long servers that have just been started may take.
const applyLimit = time.Minute

func applyStreams(cmd *cobra.Command) error {
	s, warnings, err := loadSettings(os.Environ())
	if s.ownQueue() {
		err = errors.Join(err, errors.New("NATS_URL: is not set (example nats://n1:4222); a worker without it makes its own streams"))
	}
	if err := errors.Join(err, s.Queue.Validate(), s.missingFiles()); err != nil {
		return misconfigured(cmd, warnings, err)
	}
	ctx, cancel := context.WithTimeout(cmd.Context(), applyLimit)
	defer cancel()
	s.Queue.Provision = queue.ProvisionCreate
	log, _ := newLogger(s.Local, cmd.ErrOrStderr(), nil)
	return withQueue(ctx, s, log, func(q *queue.Queue) error {
		return provision(ctx, cmd.OutOrStdout(), s, q)
	})
}

func provision(ctx context.Context, out io.Writer, s settings, q *queue.Queue) error {
	if err := q.Provision(ctx); err != nil {
		return fail(exitUnreachable, err)
	}
	for _, stored := range s.Queue.Stored() {
		fmt.Fprintf(out, "%s is as it should be, copies: %d\n", stored.Name, stored.Replicas)
	}
	return nil
}
