package queue_test

import (
	"strings"
	"testing"
	"time"

	"github.com/otpworker/otpworker/worker/queue"
)

var faultyConfigs = map[string]struct {
	change func(*queue.Config)
	want   string
}{
	"provision":      {func(c *queue.Config) { c.Provision = "maybe" }, `OTPWORKER_PROVISION: "maybe" is not create, verify or off (example verify)`},
	"no provision":   {func(c *queue.Config) { c.Provision = "" }, `OTPWORKER_PROVISION: "" is not create, verify or off (example verify)`},
	"no replicas":    {func(c *queue.Config) { c.Replicas = 0 }, "OTPWORKER_REPLICAS: 0 is not 1 to 5 (example 3)"},
	"many replicas":  {func(c *queue.Config) { c.Replicas = 6 }, "OTPWORKER_REPLICAS: 6 is not 1 to 5 (example 3)"},
	"short ack wait": {func(c *queue.Config) { c.AckWait = 5*time.Second - 1 }, "OTPWORKER_ACK_WAIT: 4.999999999s is not 5s to 10m (example 30s)"},
	"long ack wait":  {func(c *queue.Config) { c.AckWait = 10*time.Minute + 1 }, "OTPWORKER_ACK_WAIT: 10m0.000000001s is not 5s to 10m (example 30s)"},
	"job bytes":      {func(c *queue.Config) { c.JobBytes = 1<<20 - 1 }, "OTPWORKER_JOB_BYTES: 1048575 is less than 1 MiB (example 2147483648)"},
	"result format":  {func(c *queue.Config) { c.ResultFormat = "json" }, `OTPWORKER_RESULT_FORMAT: "json" is not plain or cloudevents (example cloudevents)`},
	"half a cert":    {func(c *queue.Config) { c.Cert = "a" }, "NATS_CERT: goes with NATS_KEY: set both or none"},
	"half a key":     {func(c *queue.Config) { c.Key = "a" }, "NATS_CERT: goes with NATS_KEY: set both or none"},
	"two identities": {func(c *queue.Config) { c.Creds, c.NKey = "a", "b" }, "NATS_CREDS: and NATS_NKEY are two identities: set one"},
}

func TestConfigFaults(t *testing.T) {
	for name, tc := range faultyConfigs {
		t.Run(name, func(t *testing.T) {
			cfg := queue.DefaultConfig()
			tc.change(&cfg)
			if err := cfg.Validate(); err == nil || err.Error() != tc.want {
				t.Errorf("got %v, want %s", err, tc.want)
			}
			if _, err := queue.Connect(t.Context(), cfg); err == nil || err.Error() != tc.want {
				t.Errorf("Connect: got %v, want %s", err, tc.want)
			}
		})
	}
}

func TestConfigFaultsAllAtOnce(t *testing.T) {
	err := queue.Config{Cert: "a", Creds: "b", NKey: "c"}.Validate()
	if err == nil {
		t.Fatal("no faults")
	}
	var names []string
	for line := range strings.SplitSeq(err.Error(), "\n") {
		name, _, _ := strings.Cut(line, ":")
		names = append(names, name)
	}
	want := "OTPWORKER_PROVISION OTPWORKER_RESULT_FORMAT OTPWORKER_REPLICAS OTPWORKER_ACK_WAIT OTPWORKER_JOB_BYTES NATS_CERT NATS_CREDS"
	if got := strings.Join(names, " "); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestConfigGood(t *testing.T) {
	for name, change := range map[string]func(*queue.Config){
		"default":  func(*queue.Config) {},
		"least":    func(c *queue.Config) { c.Replicas, c.AckWait, c.JobBytes = 1, 5*time.Second, 1<<20 },
		"most":     func(c *queue.Config) { c.Replicas, c.AckWait = 5, 10*time.Minute },
		"verify":   func(c *queue.Config) { c.Provision = queue.ProvisionVerify },
		"off":      func(c *queue.Config) { c.Provision = queue.ProvisionOff },
		"cert":     func(c *queue.Config) { c.Cert, c.Key = "a", "b" },
		"one nkey": func(c *queue.Config) { c.NKey = "a" },
	} {
		t.Run(name, func(t *testing.T) {
			cfg := queue.DefaultConfig()
			change(&cfg)
			if err := cfg.Validate(); err != nil {
				t.Error(err)
			}
		})
	}
}
