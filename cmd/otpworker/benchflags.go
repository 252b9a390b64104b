package main

import (
	"errors"
	"fmt"
	"log/slog"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/otpworker/otpworker/schema"
	"github.com/otpworker/otpworker/worker"
	"github.com/otpworker/otpworker/worker/bench"
	"github.com/otpworker/otpworker/worker/queue"
)

// benchOptions are the flags of bench.
type benchOptions struct {
	cfg                     bench.Config
	contenders              []string
	rounds                  int
	lane, ledger, sync, log string
	output                  string
	common                  benchCommon
}

// maxRounds is hours of measuring.
const maxRounds = 1000

func newBenchOptions() *benchOptions {
	cfg := bench.DefaultConfig()
	return &benchOptions{
		cfg: cfg, contenders: []string{string(bench.Worker), string(bench.Bare)}, rounds: 1,
		lane: string(cfg.Lane), ledger: string(cfg.Ledger), sync: string(cfg.Sync), log: "warn", output: "table",
	}
}

func (o *benchOptions) flags(cmd *cobra.Command) {
	f, cfg := cmd.Flags(), &o.cfg
	f.StringSliceVar(&o.contenders, "contender", o.contenders, "worker, bare, or both in turn")
	f.IntVar(&o.rounds, "rounds", o.rounds, "how often each contender is measured")
	f.IntVar(&cfg.Jobs, "jobs", cfg.Jobs, "backlog to work off; 0: none")
	f.IntVar(&cfg.Rate, "rate", 0, "jobs per second of a second measurement, with the time each takes; 0: none")
	f.DurationVar(&cfg.For, "for", cfg.For, "how long --rate goes on; its first 2s are left out")
	f.IntVar(&cfg.Slots, "slots", cfg.Slots, "jobs that a worker handles at once")
	f.IntVar(&cfg.Processes, "processes", cfg.Processes, "workers, each in a process of its own")
	f.DurationVar(&cfg.Latency, "latency", 0, "of the provider")
	f.IntVar(&cfg.Apps, "apps", cfg.Apps, "apps that share the jobs")
	f.StringVar(&o.lane, "lane", o.lane, "interactive or batch")
	f.StringVar(&o.ledger, "ledger", o.ledger, "the worker's ledger: on or off")
	f.StringVar(&o.log, "log-level", o.log, "least level that the worker logs, into nothing; otpworker run's is info: two lines a job")
	f.BoolVar(&cfg.Telemetry, "telemetry", false, "the worker keeps metrics, and exports what OTEL_* says, as otpworker run does")
	f.StringVar(&o.sync, "sync", o.sync, "when the NATS server writes to the disk: always or default")
	f.StringVarP(&o.output, "output", "o", o.output, "table or json")
	o.common.flags(cmd)
}

// benchCommon are the flags of bench and of bench goals.
type benchCommon struct {
	nats, profiles string
	quiet          time.Duration
}

func (o *benchCommon) flags(cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringVar(&o.nats, "nats", "", "NATS to use, without streams of otpworker; unset: NATS_URL, or a server of its own")
	f.DurationVar(&o.quiet, "quiet", 0, "how long to wait before each measurement for other programs to be idle")
	f.StringVar(&o.profiles, "cpuprofile", "", "folder for CPU profiles of each process")
	_ = f.MarkHidden("cpuprofile") // for those who look for what to speed up
}

// plan checks everything and names every fault at once.
func (o *benchOptions) plan(cmd *cobra.Command) (*benchPlan, error) {
	cfg := o.cfg
	cfg.Lane, cfg.Ledger, cfg.Sync = schema.Lane(o.lane), worker.Switch(o.ledger), bench.Sync(o.sync)
	var faults []error
	if cfg.Log.UnmarshalText([]byte(o.log)) != nil {
		faults = append(faults, fmt.Errorf("--log-level: %s is not debug, info, warn or error", typed(o.log)))
		cfg.Log = slog.LevelWarn
	}
	if o.rounds < 1 || o.rounds > maxRounds {
		faults = append(faults, fmt.Errorf("--rounds: %d is not 1 to %d", o.rounds, maxRounds))
	}
	if o.output != "table" && o.output != "json" {
		faults = append(faults, fmt.Errorf("--output: %s is not table or json", typed(o.output)))
	}
	p := &benchPlan{rounds: o.rounds, json: o.output == "json"}
	faults = append(faults, cfg.Validate())
	if len(o.contenders) == 0 {
		faults = append(faults, errors.New("--contender: name worker or bare"))
	}
	for _, name := range o.contenders {
		entry := cfg
		entry.Contender = bench.Contender(name)
		switch {
		case !slices.Contains(bench.Contenders(), entry.Contender):
			faults = append(faults, fmt.Errorf("--contender: %s is not worker or bare", typed(name)))
		case slices.ContainsFunc(p.entries, func(e bench.Entry) bool { return e.Name == name }):
			faults = append(faults, fmt.Errorf("--contender: %s is named twice", name))
		default:
			p.entries = append(p.entries, bench.Entry{Name: name, Config: entry})
		}
	}
	q, warnings, err := o.common.queue()
	faults = append(faults, err)
	if givenNATS(q) && cmd.Flags().Changed("sync") {
		faults = append(faults, errors.New("--sync: is for a NATS server of its own; that of --nats or NATS_URL is as it is"))
	}
	if err := errors.Join(faults...); err != nil {
		return nil, misconfigured(cmd, warnings, err)
	}
	p.given = givenNATS(q)
	p.bench, err = o.common.bench(q)
	return p, err
}

// queue is the NATS that is given, by the flag or the environment.
func (o *benchCommon) queue() (q queue.Config, warnings []string, err error) {
	s, warnings, err := loadSettings(os.Environ())
	if url := strings.TrimSpace(o.nats); url != "" {
		s.Queue.URL, s.Queue.Context = url, ""
	}
	if o.quiet < 0 || o.quiet > time.Hour {
		err = errors.Join(err, fmt.Errorf("--quiet: %s is not 0s to 1h", o.quiet))
	}
	return s.Queue, warnings, errors.Join(err, s.Queue.Validate(), s.missingFiles())
}

func givenNATS(q queue.Config) bool { return q.URL != "" || q.Context != "" }
