package doctor_test

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/otpworker/otpworker/schema"
	"github.com/otpworker/otpworker/schema/redact"
	"github.com/otpworker/otpworker/worker"
	"github.com/otpworker/otpworker/worker/doctor"
	"github.com/otpworker/otpworker/worker/queue"
)

func details(r doctor.Report) (lines []string) {
	for _, c := range r {
		lines = append(lines, c.Detail)
	}
	return lines
}

// busy gives an app a job, and a consumer for it.
func busy(t *testing.T, q *queue.Queue) {
	t.Helper()
	j := schema.Job{ID: "j1", AppID: "app1", Code: redact.NewCode("123456"), To: redact.NewPhone("8613800138000")}
	if err := q.Publish(t.Context(), schema.LaneBatch, j); err != nil {
		t.Fatal(err)
	}
	if _, err := q.Consumer(t.Context(), queue.App{Lane: schema.LaneBatch, ID: j.AppID}); err != nil {
		t.Fatal(err)
	}
}

func TestBrokerWell(t *testing.T) {
	withServer(t, func(t *testing.T, connect func(queue.Config) *queue.Queue) {
		q := connect(queue.DefaultConfig())
		if err := q.Provision(t.Context()); err != nil {
			t.Fatal(err)
		}
		p := patient()
		p.Broker = q
		r := doctor.Examine(t.Context(), p)
		if r.State() != doctor.OK {
			t.Errorf("got %+v", slices.Concat(r.In(doctor.Warn), r.In(doctor.Fail)))
		}
		var names []string
		for _, c := range r.Of(doctor.AreaBroker) {
			names = append(names, c.Name)
		}
		want := []string{
			"nats", "jetstream", "streams", "copies", "clock", "right: consumers", "right: tidy", "right: pull", "right: ack", "right: results",
			"right: dead letters", "right: ledger", "right: replies", "right: strays", "right: batches", "right: rate", "right: fleet", "ledger",
		}
		if !slices.Equal(names, want) {
			t.Errorf("checks %q, want %q", names, want)
		}
		p.Worker.Ledger = worker.Off
		r = doctor.Examine(t.Context(), p)
		if len(named(r, doctor.AreaBroker, "ledger"))+len(named(r, doctor.AreaBroker, "right: ledger")) > 0 || r.State() != doctor.OK {
			t.Errorf("without ledger: %+v", r)
		}
	})
}

// Differences stand there word for word. Who verifies does not start with them;
// who creates mends them.
func TestBrokerDifferences(t *testing.T) {
	missing := []string{
		"stream OTP_JOBS: missing", "stream OTP_RESULTS: missing", "stream OTP_DEAD: missing",
		"bucket otp_ledger: missing", "bucket otp_batches: missing", "bucket otp_rate: missing", "bucket otp_newest: missing",
	}
	for mode, want := range map[queue.Provision]doctor.State{queue.ProvisionCreate: doctor.Warn, queue.ProvisionVerify: doctor.Fail} {
		withServer(t, func(t *testing.T, connect func(queue.Config) *queue.Queue) {
			p := patient()
			p.Queue.Provision = mode
			p.Broker = connect(p.Queue)
			r := doctor.Examine(t.Context(), p)
			if got := named(r, doctor.AreaBroker, "streams"); !slices.Equal(details(got), missing) || got.State() != want {
				t.Errorf("%s: %+v", mode, got)
			}
			// The rest follows from it, and adds no failure.
			if got := r.In(doctor.Fail); want == doctor.Warn && len(got) > 0 || want == doctor.Fail && len(got) != len(missing) {
				t.Errorf("%s: %+v", mode, got)
			}
		})
	}
}

// One setting that differs is told with what is found and what is needed; with
// none the same streams are well.
func TestBrokerDiffers(t *testing.T) {
	withServer(t, func(t *testing.T, connect func(queue.Config) *queue.Queue) {
		p := patient()
		q := connect(p.Queue)
		if err := q.Provision(t.Context()); err != nil {
			t.Fatal(err)
		}
		busy(t, q)
		p.Queue.Provision = queue.ProvisionVerify
		p.Broker = connect(p.Queue)
		if r := doctor.Examine(t.Context(), p); r.State() != doctor.OK {
			t.Errorf("control: %+v", r.In(doctor.Fail))
		}
		p.Queue.AckWait = time.Minute
		p.Broker = connect(p.Queue)
		want := []string{
			"consumer worker-batch-app1: ack_wait is 30s, want 1m0s",
		}
		if got := doctor.Examine(t.Context(), p).In(doctor.Fail); !slices.Equal(details(got), want) {
			t.Errorf("got %+v", got)
		}
	})
}

func right(name string, err error) queue.Right {
	return queue.Right{Name: name, Allow: name + ".>", Optional: name == "strays", Err: err}
}

// What a broker may be found to be, and what is said of it.
func TestBrokerJudgements(t *testing.T) {
	forbidden := fmt.Errorf("%w: no", queue.ErrForbidden)
	nobody := fmt.Errorf("%w: nobody", queue.ErrNoQueue)
	for name, tc := range map[string]struct {
		change func(*queue.Facts)
		check  string
		want   doctor.State
	}{
		"old server":              {func(f *queue.Facts) { f.Server.APILevel = 0 }, "jetstream", doctor.Fail},
		"level not shown":         {func(f *queue.Facts) { f.Server.APILevel, f.ServerErr = 0, forbidden }, "jetstream", doctor.Warn},
		"level shown by server":   {func(f *queue.Facts) { f.ServerErr = forbidden }, "jetstream", doctor.OK},
		"no leader":               {func(f *queue.Facts) { f.Server.APILevel, f.ServerErr = 0, context.DeadlineExceeded }, "jetstream", doctor.Fail},
		"no jetstream":            {func(f *queue.Facts) { f.ServerErr = jetstream.ErrJetStreamNotEnabledForAccount }, "jetstream", doctor.Fail},
		"no inbox":                {func(f *queue.Facts) { f.Answers = forbidden }, "answers", doctor.Fail},
		"disconnected":            {func(f *queue.Facts) { f.Answers = queue.ErrUnreachable }, "answers", doctor.Fail},
		"may not look":            {func(f *queue.Facts) { f.DifferencesErr = forbidden }, "streams", doctor.Fail},
		"one copy, one server":    {func(*queue.Facts) {}, "copies", doctor.OK},
		"one copy in a cluster":   {func(f *queue.Facts) { f.Cluster = "c1" }, "copies", doctor.Warn},
		"three copies":            {func(f *queue.Facts) { f.Cluster, f.Copies = "c1", 3 }, "copies", doctor.OK},
		"copies not known":        {func(f *queue.Facts) { f.CopiesErr = forbidden }, "copies", doctor.Warn},
		"clock not known":         {func(f *queue.Facts) { f.SkewErr = forbidden }, "clock", doctor.Warn},
		"clock behind":            {func(f *queue.Facts) { f.Skew = 3 * time.Second }, "clock", doctor.Warn},
		"clock far ahead":         {func(f *queue.Facts) { f.Skew = -time.Minute }, "clock", doctor.Fail},
		"all rights":              {func(f *queue.Facts) { f.Rights = []queue.Right{right("pull", nil), right("ack", nil)} }, "right: ack", doctor.OK},
		"no right to ack":         {func(f *queue.Facts) { f.Rights = []queue.Right{right("pull", nil), right("ack", forbidden)} }, "right: ack", doctor.Fail},
		"half a right to ack":     {func(f *queue.Facts) { f.Rights = []queue.Right{right("ack", nil), right("ack", forbidden)} }, "right: ack", doctor.Fail},
		"ack reaches nobody":      {func(f *queue.Facts) { f.Rights = []queue.Right{right("pull", nil), right("ack", nobody)} }, "right: ack", doctor.Fail},
		"ack not proved":          {func(f *queue.Facts) { f.Rights = []queue.Right{right("ack", context.DeadlineExceeded)} }, "right: ack", doctor.Fail},
		"no right to find strays": {func(f *queue.Facts) { f.Rights = []queue.Right{right("strays", forbidden)} }, "right: strays", doctor.Warn},
		"consumers to come": {func(f *queue.Facts) {
			f.Differences, f.Rights = []string{"stream OTP_JOBS: missing"}, []queue.Right{right("ack", nobody)}
		}, "right: ack", doctor.Warn},
		"ledger out of order": {func(f *queue.Facts) { f.LedgerTried, f.LedgerErr = true, context.DeadlineExceeded }, "ledger", doctor.Fail},
		"ledger missing":      {func(f *queue.Facts) { f.LedgerTried, f.LedgerErr = true, jetstream.ErrBucketNotFound }, "ledger", doctor.Fail},
		"ledger to come": {func(f *queue.Facts) {
			f.LedgerTried = true
			f.Differences, f.LedgerErr = []string{"bucket otp_ledger: missing"}, jetstream.ErrBucketNotFound
		}, "ledger", doctor.Warn},
	} {
		f := queue.Facts{Server: queue.Server{APILevel: 1, Version: "2.11.0"}, Copies: 1}
		tc.change(&f)
		got := named(doctor.Broker(queue.ProvisionCreate, f), doctor.AreaBroker, tc.check)
		if len(got) != 1 || got[0].State != tc.want || got[0].Detail == "" || (got[0].Mend == "") != (tc.want == doctor.OK) {
			t.Errorf("%s: %+v", name, got)
		}
	}
	r := doctor.Broker(queue.ProvisionOff, queue.Facts{Server: queue.Server{APILevel: 1}})
	if got := named(r, doctor.AreaBroker, "streams"); len(got) != 1 || got[0].State != doctor.OK {
		t.Errorf("off: %+v", got)
	}
}

func TestMendOncePerRow(t *testing.T) {
	r := doctor.Report{{Mend: "a"}, {Mend: "a"}, {}, {Mend: "a"}, {Mend: "b"}}
	var got []string
	for i := range r {
		got = append(got, r.MendAt(i))
	}
	if want := []string{"", "a", "", "a", "b"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestReport(t *testing.T) {
	ok, warn, fail := doctor.Check{State: doctor.OK}, doctor.Check{State: doctor.Warn}, doctor.Check{State: doctor.Fail}
	for want, r := range map[doctor.State]doctor.Report{
		doctor.OK: {ok}, doctor.Warn: {warn, ok}, doctor.Fail: {fail, warn, ok},
	} {
		if got := r.State(); got != want {
			t.Errorf("%v is %s", r, got)
		}
	}
	if got := (doctor.Report{}).State(); got != doctor.OK {
		t.Errorf("nothing is %s", got)
	}
}

// Jobs that cross a network in the clear are warned about, and by whom they can be
// read.
func TestBrokerWithoutTLS(t *testing.T) {
	for clear, want := range map[bool]doctor.State{false: doctor.OK, true: doctor.Warn} {
		r := doctor.Broker(queue.ProvisionOff, queue.Facts{Server: queue.Server{URL: "nats://n1:4222", APILevel: 1, Clear: clear}})
		if r[0].Name != "nats" || r[0].State != want || (r[0].Mend != "") != clear {
			t.Errorf("clear %v: %+v", clear, r[0])
		}
	}
}
