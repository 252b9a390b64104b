package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/otpworker/otpworker/client"
	"github.com/otpworker/otpworker/worker/doctor"
	"github.com/otpworker/otpworker/worker/queue"
)

func doctorCommand() *cobra.Command {
	output := "table"
	var apps []string
	cmd := &cobra.Command{
		Use:   "doctor",
		Short: "Check configuration, queue and provider",
		Long: `Check what a worker needs, line by line with the mend: configuration and times,
the broker's version, streams, rights and clock, and the provider's door. It
takes no job and sends no message; run makes the same checks at its start.

Without NATS_URL it looks at the queue of the worker that runs on this machine,
if there is one.

` + exitCodes,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			show, err := reportPrinter(output)
			if err != nil {
				return err
			}
			report := examine(cmd.Context(), apps)
			if err := show(cmd.OutOrStdout(), report); err != nil {
				return fail(exitFailed, err)
			}
			if n := len(report.In(doctor.Fail)); n > 0 {
				return fail(exitUnwell, fmt.Errorf("checks failed: %d", n))
			}
			return nil
		},
	}
	cmd.Flags().StringVarP(&output, "output", "o", output, "table or json")
	cmd.Flags().StringSliceVar(&apps, "app", nil, "apps to look at, beside those in the queue")
	return cmd
}

// examine checks as much as the configuration allows.
func examine(ctx context.Context, apps []string) doctor.Report {
	s, warnings, err := loadSettings(os.Environ())
	report := settingsReport(warnings, errors.Join(err, s.forWorker()))
	patient := doctor.Patient{Worker: s.Worker, Queue: s.Queue, Apps: apps}
	if provider, err := client.New(s.Provider); err == nil {
		defer provider.Close()
		patient.Provider = provider
	}
	if s.Queue.Validate() == nil {
		q, err := connectDoctor(ctx, s)
		if err != nil {
			report = append(report, connectionCheck(s, err))
		} else {
			defer func() { _ = q.Close() }()
			patient.Broker = q
		}
	}
	report = append(report, doctor.Examine(ctx, patient)...)
	return slices.Concat(report.Of(doctor.AreaConfig), report.Of(doctor.AreaBroker), report.Of(doctor.AreaProvider))
}

func settingsReport(warnings []string, err error) (r doctor.Report) {
	c := doctor.Check{Area: doctor.AreaConfig, Name: "variables"}
	if err != nil {
		c.State, c.Mend = doctor.Fail, "set it as the example shows"
		for c.Detail = range strings.SplitSeq(err.Error(), "\n") {
			r = append(r, c)
		}
	}
	c.State, c.Mend = doctor.Warn, "correct its name, or unset it"
	for _, c.Detail = range warnings {
		r = append(r, c)
	}
	if len(r) == 0 {
		c.State, c.Detail, c.Mend = doctor.OK, "all can be read, none is misspelt", ""
		r = append(r, c)
	}
	return r
}

// ownQueue says that no NATS server is configured: a worker brings its own.
func (s settings) ownQueue() bool { return s.Queue.URL == "" && s.Queue.Context == "" }

func connectDoctor(ctx context.Context, s settings) (*queue.Queue, error) {
	cfg := s.Queue
	cfg.Name = "otpworker-doctor"
	if s.ownQueue() {
		cfg.URL = "nats://" + s.Local.Listen
	}
	return queue.Connect(ctx, cfg)
}

func connectionCheck(s settings, err error) doctor.Check {
	c := doctor.Check{Area: doctor.AreaBroker, Name: "nats", State: doctor.Fail, Detail: err.Error()}
	switch {
	case s.ownQueue() && errors.Is(err, queue.ErrUnreachable):
		c.State, c.Detail = doctor.Warn, "no queue is running on "+s.Local.Listen
		c.Mend = "otpworker run starts one, and checks it then; or set NATS_URL"
	case errors.Is(err, queue.ErrUnreachable):
		c.Mend = "check NATS_URL, and whether a server listens there"
	default:
		c.Mend = "check NATS_CREDS, NATS_NKEY, NATS_CERT and NATS_CA, and what the server says to them"
	}
	return c
}
