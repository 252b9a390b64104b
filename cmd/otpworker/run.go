package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"os"

	"github.com/spf13/cobra"

	"github.com/otpworker/otpworker/client"
	"github.com/otpworker/otpworker/schema/redact"
	"github.com/otpworker/otpworker/worker"
	"github.com/otpworker/otpworker/worker/queue"
)

func runCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "run",
		Short: "Run a worker",
		Long: `Run a worker until SIGINT or SIGTERM, then finish the jobs in hand within
OTPWORKER_DRAIN_TIMEOUT and give the rest back. A second signal exits at once.

Without NATS_URL it starts its own JetStream server, which keeps its streams in
OTPWORKER_DATA_DIR and listens on OTPWORKER_LISTEN for apps on this machine. All
it needs then is OTPWORKER_API_KEY and OTPWORKER_API_SECRET.

What it does is on its page, http://127.0.0.1:8081/ (OTPWORKER_HTTP), with /healthz,
/readyz, /stats and /metrics beside it; otpworker top shows the same in a terminal.
The page is read-only unless OTPWORKER_HTTP_TOKEN is set.

SIGUSR1 logs more, one level each, and SIGUSR2 less. The OTEL_* variables say where
traces, metrics and logs go; unset, nothing of it leaves the process.

Before the first job it makes the checks of otpworker doctor, and refuses to
start where it could take a job and not end it. A provider that cannot be reached
or refuses is no reason: the jobs wait.

` + exitCodes,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return runWorker(cmd) },
	}
}

func runWorker(cmd *cobra.Command) error {
	s, warnings, err := loadSettings(os.Environ())
	if err := errors.Join(err, s.forWorker(), s.missingFiles()); err != nil {
		return misconfigured(cmd, warnings, s.withoutAccount(err))
	}
	worker.TuneGC()
	tel, log, level, err := startTelemetry(cmd, s)
	if err != nil {
		return misconfigured(cmd, warnings, err)
	}
	defer stopTelemetry(cmd.Context(), tel, log)
	defer steerLevel(cmd.Context(), level, log)()
	for _, w := range warnings {
		log.Warn(w)
	}
	s.Provider.Propagate = tel.Propagate()
	provider, err := client.New(s.Provider)
	if err != nil {
		return fail(exitUsage, err)
	}
	defer provider.Close()
	operator, err := openOperator(cmd.Context(), s.Local, tel.Handler(), log)
	if err != nil {
		return fail(exitFailed, err)
	}
	defer operator.close()
	natsKey := natsWatch(s)
	return withQueue(cmd.Context(), s, log, func(q *queue.Queue) error {
		s.Worker.Logger, s.Worker.Observe = log, operator.observe
		w, err := worker.New(tel.Attach(s.Worker), q, provider)
		if err != nil {
			return fail(exitUsage, fmt.Errorf("configuration:\n%w", err))
		}
		operator.collector.Watch(w)
		if err := selfCheck(cmd.Context(), s, q, provider, log); err != nil || stopped(cmd.Context()) {
			return err
		}
		defer operator.show(cmd.Context(), q, w.Name(), log)()
		natsKey.Use = func(ctx context.Context, _ []redact.Secret) error { return q.Rekey(ctx, s.isWorkers) }
		defer followSecrets(cmd.Context(), log, accountWatch(s, provider), sealWatch(s, w), tokenWatch(s, operator.page), natsKey)()
		log.Info("worker started", "version", version(), "provider", s.Provider.BaseURL, "slots", s.Worker.Slots())
		unwatch, err := tel.Watch(w, q, operator.collector.Oldest)
		if err != nil {
			return fail(exitFailed, err)
		}
		defer unwatch()
		err = w.Run(cmd.Context())
		log.Info("worker stopped")
		return fail(exitFailed, err)
	})
}

// misconfigured reports every fault, and what may be one.
func misconfigured(cmd *cobra.Command, warnings []string, err error) error {
	for _, w := range warnings {
		fmt.Fprintln(cmd.ErrOrStderr(), "otpworker: warning:", w)
	}
	return fail(exitUsage, fmt.Errorf("configuration:\n%w", err))
}

// withoutAccount says to who has no account how to begin.
func (s settings) withoutAccount(err error) error {
	if s.Provider.APIKey.IsZero() && s.Provider.APISecret.IsZero() {
		return fmt.Errorf("%w\nNo account yet? otpworker sandbox stands in for the provider, and prints what to export. Files are taken by %s_FILE and %s_FILE", err, nameKey, nameSecret)
	}
	return err
}

// withQueue connects, with the embedded server around it where no other is
// configured.
func withQueue(ctx context.Context, s settings, log *slog.Logger, use func(*queue.Queue) error) error {
	cfg := s.Queue
	cfg.OnTrouble = func(err error) { log.Warn("nats", "err", err) }
	cfg.Wait = true
	if cfg.URL == "" && cfg.Context == "" {
		server, err := startEmbedded(s.Local, log)
		if err != nil {
			return fail(exitFailed, err)
		}
		defer server.Stop()
		cfg.Options = append(cfg.Options, server.InProcess())
	}
	q, err := queue.Connect(ctx, cfg)
	if err != nil {
		return fail(exitUnreachable, err)
	}
	defer func() { _ = q.Close() }()
	return use(q)
}

func startEmbedded(l local, log *slog.Logger) (*queue.Embedded, error) {
	server, err := queue.StartEmbedded(queue.EmbeddedConfig{Dir: l.DataDir, Listen: l.Listen, Logger: log})
	if err != nil {
		var path *fs.PathError
		switch {
		case errors.Is(err, queue.ErrInUse):
			err = fmt.Errorf("%w\nAnother otpworker runs with this folder: set NATS_URL to its queue, usually nats://%s, or %sDATA_DIR to another folder", err, defaultSettings().Local.Listen, envPrefix)
		case errors.As(err, &path):
			err = fmt.Errorf("%w\nSet %sDATA_DIR to a folder that can be written to", err, envPrefix)
		}
		if _, ok := errors.AsType[*net.OpError](err); ok {
			err = fmt.Errorf("%w\nIs another otpworker or NATS server running? Set NATS_URL to use it, or %sLISTEN to listen elsewhere", err, envPrefix)
		}
		return nil, err
	}
	log.Info("embedded NATS server started", "url", server.URL(), "dir", l.DataDir)
	return server, nil
}
