package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"

	"github.com/otpworker/otpworker/client"
	"github.com/otpworker/otpworker/worker/doctor"
	"github.com/otpworker/otpworker/worker/queue"
)

// selfCheck makes the streams ready and refuses to go on where a worker could
// take jobs and not end them. What is wrong with the provider is only logged:
// an outage there must not become a crash loop here.
func selfCheck(ctx context.Context, s settings, q *queue.Queue, provider *client.Client, log *slog.Logger) error {
	provisioned := q.Provision(ctx)
	report := doctor.Examine(ctx, doctor.Patient{Worker: s.Worker, Queue: s.Queue, Broker: q, Provider: provider})
	if stopped(ctx) {
		return nil // nothing was answered any more, nothing is wrong
	}
	logReport(log, report)
	if err := refusal(report); err != nil {
		return err
	}
	if provisioned != nil {
		return fail(exitUnreachable, fmt.Errorf("%w\nSet %sPROVISION=verify where somebody else keeps the streams", provisioned, envPrefix))
	}
	return nil
}

// isWorkers says what a connection with another key could not do of a worker's
// work, nil if it can do all of it.
func (s settings) isWorkers(ctx context.Context, q *queue.Queue) error {
	report := doctor.Examine(ctx, doctor.Patient{Worker: s.Worker, Queue: s.Queue, Broker: q})
	fatal := fatalOf(report)
	if len(fatal) == 0 {
		return nil
	}
	return fmt.Errorf("check key: it is no worker's: %s: %s", fatal[0].Name, fatal[0].Detail)
}

// stopped says that a signal came.
func stopped(ctx context.Context) bool { return ctx.Err() != nil }

// logReport logs what does not end the process, or else its last words would
// stand there twice.
func logReport(log *slog.Logger, r doctor.Report) {
	for _, c := range r {
		line := []any{"area", string(c.Area), "check", c.Name, "detail", c.Detail, "mend", c.Mend}
		switch {
		case c.State == doctor.Warn:
			log.Warn("self-check", line...)
		case c.State == doctor.Fail && c.Area == doctor.AreaProvider:
			log.Error("self-check", line...)
		case c.State == doctor.OK:
			log.Debug("self-check", line...)
		}
	}
}

// fatalOf is what a worker cannot work with.
func fatalOf(r doctor.Report) doctor.Report {
	return r.Of(doctor.AreaConfig, doctor.AreaBroker).In(doctor.Fail)
}

// refusal is why a worker must not start, nil if it may.
func refusal(r doctor.Report) error {
	fatal := fatalOf(r)
	if len(fatal) == 0 {
		return nil
	}
	code := exitUnreachable
	if len(fatal.Of(doctor.AreaConfig)) > 0 {
		code = exitUsage
	}
	var text strings.Builder
	text.WriteString("self-check failed, no job was taken:")
	for i, c := range fatal {
		fmt.Fprintf(&text, "\n%s %s: %s", c.Area, c.Name, c.Detail)
		if mend := fatal.MendAt(i); mend != "" {
			text.WriteString("\n  mend: " + mend)
		}
	}
	return fail(code, errors.New(text.String()))
}
