package main

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/rogpeppe/go-internal/testscript"

	"github.com/otpworker/otpworker/schema"
	"github.com/otpworker/otpworker/schema/redact"
	"github.com/otpworker/otpworker/worker/queue"
)

// The code and the number of every dead letter in these scripts.
const (
	deadCode   = "739154"
	deadNumber = "8613800138000"
)

// TestDeadScript runs the dead commands on a broker with letters that no worker
// would write in the time of a test: see testdata/dead.
func TestDeadScript(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:                filepath.Join("testdata", "dead"),
		RequireUniqueNames: true,
		Setup: func(env *testscript.Env) error {
			begin(env)
			env.Setenv("HOME", env.WorkDir)
			env.Setenv("OTPWORKER_LISTEN", "127.0.0.1:1")
			env.Setenv("OTPWORKER_HTTP", "off")
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"exits":      cmdExits,
			"natsserver": cmdNATSServer,
			"bury":       cmdBury,
			"holds":      cmdHolds,
			"hides":      cmdHides,
		},
	})
}

// bury JOB [KIND] stores a dead letter: of a job that was rejected, or one that
// is unknown, invalid, expired, sealed or broken. It creates the streams.
func cmdBury(ts *testscript.TestScript, neg bool, args []string) {
	want(ts, !neg && len(args) > 0 && len(args) < 3, "bury JOB [unknown|invalid|expired|sealed|broken]")
	withBroker(ts, func(q *queue.Queue) {
		ts.Check(q.Provision(context.Background()))
		kind := append(args, "rejected")[1]
		if kind == "broken" {
			brokenLetter(ts, args[0])
			return
		}
		ts.Check(q.PublishDead(context.Background(), buried(ts, args[0], kind)))
	})
}

func buried(ts *testscript.TestScript, id, kind string) schema.DeadLetter {
	job := schema.Job{
		ID: id, AppID: "myapp01", Code: redact.NewCode(deadCode), To: redact.NewPhone(deadNumber),
		CreatedAt: time.Now(), TTLSeconds: 3600, Metadata: map[string]string{"user": "anna"},
	}
	if kind == "expired" {
		job.CreatedAt = time.Now().Add(-2 * time.Hour)
	}
	data, err := job.Encode()
	ts.Check(err)
	letter := schema.DeadLetter{
		ID: "dead-" + id, JobID: id, AppID: job.AppID, Lane: schema.LaneBatch, Reason: "http_4xx", Outcome: schema.OutcomeRejected,
		Status: "404", Attempts: 1, Deliveries: 1, Subject: schema.JobSubject(schema.LaneBatch, job.AppID), Sequence: 7,
		Payload: redact.NewPayload(data), DiedAt: time.Now(), Worker: "w1",
	}
	switch kind {
	case "unknown":
		letter.Reason, letter.Outcome, letter.Status = "unreachable", schema.OutcomeUnknown, ""
	case "invalid":
		letter.Reason, letter.Outcome, letter.Status = "invalid", schema.OutcomeInvalid, ""
		letter.Faults = []schema.Fault{{Field: "templateId", Problem: "must be a whole number"}}
	case "sealed":
		letter.Sealed = true
	}
	return letter
}

// brokenLetter stores what is no letter.
func brokenLetter(ts *testscript.TestScript, id string) {
	nc, err := nats.Connect(ts.Getenv("NATS_URL"))
	ts.Check(err)
	defer nc.Close()
	js, err := jetstream.New(nc)
	ts.Check(err)
	_, err = js.Publish(context.Background(), schema.DeadSubject("broken"), fmt.Appendf(nil, `{"id":%q,"diedAt":%q}`, id, deadNumber))
	ts.Check(err)
}

func withBroker(ts *testscript.TestScript, use func(*queue.Queue)) {
	cfg := queue.DefaultConfig()
	cfg.URL = ts.Getenv("NATS_URL")
	q, err := queue.Connect(context.Background(), cfg)
	ts.Check(err)
	use(q)
	ts.Check(q.Close())
}

// holds JOBS LETTER... checks how many jobs wait and which letters are there.
func cmdHolds(ts *testscript.TestScript, neg bool, args []string) {
	want(ts, !neg && len(args) > 0, "holds JOBS LETTER...")
	withBroker(ts, func(q *queue.Queue) {
		jobs, err := q.Waiting(context.Background())
		ts.Check(err)
		got := []string{fmt.Sprint(jobs)}
		for letter, err := range q.Dead(context.Background(), queue.DeadFilter{}) {
			if err != nil {
				letter.JobID = "" // one that cannot be read
			}
			got = append(got, letter.JobID)
		}
		if !slices.Equal(got, args) {
			ts.Fatalf("there are %s, want %s", strings.Join(got, " "), strings.Join(args, " "))
		}
	})
}
