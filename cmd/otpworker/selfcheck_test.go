package main

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"

	"github.com/otpworker/otpworker/client/sandbox"
	"github.com/otpworker/otpworker/schema"
	"github.com/otpworker/otpworker/schema/redact"
	"github.com/otpworker/otpworker/worker/queue"
)

// workerRights are what a worker publishes to, by what it is for.
var workerRights = map[string][]string{
	"look": {"$JS.API.INFO", "$JS.API.STREAM.INFO.>", "$JS.API.CONSUMER.INFO.>", "$JS.API.STREAM.MSG.GET.OTP_JOBS", "$JS.API.STREAM.MSG.DELETE.OTP_JOBS", "$JS.API.CONSUMER.DELETE.OTP_JOBS.*"},
	"pull": {"$JS.API.CONSUMER.CREATE.OTP_JOBS.*.otp.v1.job.>", "$JS.API.CONSUMER.MSG.NEXT.OTP_JOBS.*"},
	"ack":  {"$JS.ACK.OTP_JOBS.>"}, "ack v2": {"$JS.ACK.*.*.OTP_JOBS.>"},
	"results": {"otp.v1.result.>"}, "dead": {"otp.v1.dead.>"}, "replies": {"otp.v1.reply.>"},
	"ledger": {"$KV.otp_ledger.>", "$JS.API.DIRECT.GET.KV_otp_ledger.>"},
	"newest": {"$KV.otp_newest.>", "$JS.API.DIRECT.GET.KV_otp_newest.>"},
	"fleet":  {"otp.v1.fleet.>", "_INBOX_operator.>"},
	"rate":   {"$KV.otp_rate.>", "$JS.API.DIRECT.GET.KV_otp_rate.>"},
	"batches": {
		"$JS.API.CONSUMER.CREATE.KV_otp_batches.*", "$JS.API.CONSUMER.MSG.NEXT.KV_otp_batches.*", "$JS.API.CONSUMER.DELETE.KV_otp_batches.*",
		"$KV.otp_batches.>", "$JS.API.DIRECT.GET.KV_otp_batches.>", "otp.v1.event.>",
	},
}

func userWithout(name string, missing ...string) *server.User {
	var allow []string
	for what, subjects := range workerRights {
		if !slices.Contains(missing, what) {
			allow = append(allow, subjects...)
		}
	}
	return &server.User{Username: name, Password: "p", Permissions: &server.Permissions{
		Publish: &server.SubjectPermission{Allow: allow}, Subscribe: &server.SubjectPermission{Allow: []string{"_INBOX.>", "$SRV.>", "otp.v1.fleet.>"}},
	}}
}

// hidden is a user of before workers could be seen.
func hidden() *server.User {
	u := userWithout("hidden", "fleet")
	u.Permissions.Subscribe.Allow = []string{"_INBOX.>"}
	return u
}

// guardedServer is a NATS server with streams and users of different rights.
func guardedServer(t *testing.T) *server.Server {
	t.Helper()
	srv, err := server.NewServer(&server.Options{
		Host: "127.0.0.1", Port: server.RANDOM_PORT, JetStream: true, StoreDir: t.TempDir(), NoSigs: true, NoLog: true,
		Users: []*server.User{
			{Username: "admin", Password: "p"}, userWithout("all"), userWithout("noack", "ack", "ack v2"), userWithout("ackv1", "ack v2"),
			userWithout("ackv2", "ack"), userWithout("noresults", "results"), userWithout("noledger", "ledger"), hidden(),
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	srv.Start()
	t.Cleanup(func() { srv.Shutdown(); srv.WaitForShutdown() })
	if !srv.ReadyForConnections(10 * time.Second) {
		t.Fatal("server not ready")
	}
	if err := asAdmin(t, srv).Provision(t.Context()); err != nil {
		t.Fatal(err)
	}
	return srv
}

func asAdmin(t *testing.T, srv *server.Server) *queue.Queue {
	t.Helper()
	cfg := queue.DefaultConfig()
	cfg.URL = urlAs(srv, "admin")
	q, err := queue.Connect(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = q.Close() })
	return q
}

func urlAs(srv *server.Server, user string) string {
	return strings.Replace(srv.ClientURL(), "nats://", "nats://"+user+":p@", 1)
}

// Who may pull and not end a job does not start. With all rights the same
// worker does.
func TestRunRefusesWithoutRights(t *testing.T) {
	srv := guardedServer(t)
	for user, want := range map[string]string{
		"all":   "",
		"noack": "broker right: ack: the broker refuses: publish to $JS.ACK.OTP_JOBS.>, $JS.ACK.*.*.OTP_JOBS.>\n  mend: allow ",
		"ackv1": "broker right: ack: the broker refuses: publish to $JS.ACK.*.*.OTP_JOBS.>\n",
		"ackv2": "broker right: ack: the broker refuses: publish to $JS.ACK.OTP_JOBS.>\n",

		"noresults": "broker right: results: the broker refuses: publish to otp.v1.result.>\n",
		"noledger":  "broker right: ledger: the broker refuses: publish to $KV.otp_ledger.>, $JS.API.DIRECT.GET.KV_otp_ledger.$KV.otp_ledger.>\n",
	} {
		clean(t, withSandbox(t, map[string]string{"NATS_URL": urlAs(srv, user), "OTPWORKER_PROVISION": "verify"}))
		code, _, errOut := command(t, "run")
		started := strings.Contains(errOut, `"worker started"`)
		if want == "" && (!started || strings.Contains(errOut, "self-check")) {
			t.Errorf("%s: exit %d:\n%s", user, code, errOut)
		}
		if want != "" && (code != exitUnreachable || started || !strings.Contains(errOut, want)) {
			t.Errorf("%s: exit %d, want %q:\n%s", user, code, want, errOut)
		}
		code, out, _ := command(t, "doctor")
		if wanted := map[bool]int{true: exitOK, false: exitUnwell}[want == ""]; code != wanted {
			t.Errorf("%s: doctor exits %d:\n%s", user, code, out)
		}
		if strings.Contains(errOut+out, sandbox.DefaultSecret) || strings.Contains(errOut+out, ":p@") {
			t.Errorf("%s: a secret is shown:\n%s%s", user, errOut, out)
		}
	}
}

// A provider that refuses or is away is told and stops nobody.
func TestRunStartsWithoutProvider(t *testing.T) {
	srv := guardedServer(t)
	for name, tc := range map[string]struct{ variable, value, want string }{
		"refused":     {"OTPWORKER_API_SECRET", "wr0ng", "refused with status -1"},
		"unreachable": {"OTPWORKER_PROVIDER_URL", "http://127.0.0.1:1/otp", "connection refused"},
	} {
		clean(t, withSandbox(t, map[string]string{"NATS_URL": urlAs(srv, "all"), "OTPWORKER_PROVISION": "verify", tc.variable: tc.value}))
		_, _, errOut := command(t, "run")
		if !strings.Contains(errOut, `"worker started"`) || !strings.Contains(errOut, `"level":"ERROR","msg":"self-check","area":"provider"`) || !strings.Contains(errOut, tc.want) {
			t.Errorf("%s:\n%s", name, errOut)
		}
		if code, out, _ := command(t, "doctor"); code != exitUnwell || !strings.Contains(out, tc.want) {
			t.Errorf("%s: doctor exits %d:\n%s", name, code, out)
		}
	}
}

// Differences stand word for word in what run and doctor say.
func TestRunRefusesDifferences(t *testing.T) {
	srv := guardedServer(t)
	admin := asAdmin(t, srv)
	job := schema.Job{ID: "j1", AppID: "myapp", Code: redact.NewCode("123456"), To: redact.NewPhone("8613800138000")}
	if err := admin.Publish(t.Context(), schema.LaneBatch, job); err != nil {
		t.Fatal(err)
	}
	if _, err := admin.Consumer(t.Context(), queue.App{Lane: schema.LaneBatch, ID: job.AppID}); err != nil {
		t.Fatal(err)
	}
	clean(t, withSandbox(t, map[string]string{"NATS_URL": urlAs(srv, "all"), "OTPWORKER_PROVISION": "verify", "OTPWORKER_ACK_WAIT": "45s"}))
	const line = "consumer worker-batch-myapp: ack_wait is 30s, want 45s"
	if code, _, errOut := command(t, "run"); code != exitUnreachable || !strings.Contains(errOut, "broker streams: "+line+"\n") {
		t.Errorf("run exits %d:\n%s", code, errOut)
	}
	if code, out, _ := command(t, "doctor"); code != exitUnwell || !strings.Contains(out, line) {
		t.Errorf("doctor exits %d:\n%s", code, out)
	}
}

// A worker whose account is of before workers could be seen works without it, and
// says so once, with the mend.
func TestRunUnseen(t *testing.T) {
	srv := guardedServer(t)
	clean(t, withSandbox(t, map[string]string{"NATS_URL": urlAs(srv, "hidden"), "OTPWORKER_PROVISION": "verify"}))
	_, _, errOut := command(t, "run")
	const detail = `"check":"right: fleet","detail":"the broker refuses: publish to otp.v1.fleet.>, _INBOX_operator.>; subscribe to $SRV.>, otp.v1.fleet.>"`
	plain := strings.ReplaceAll(errOut, `\u003e`, ">")
	if !strings.Contains(plain, detail) || !strings.Contains(errOut, `"worker started"`) {
		t.Errorf("%s", errOut)
	}
	if n := strings.Count(errOut, `"level":"WARN"`) + strings.Count(errOut, `"level":"ERROR"`); n != 1 {
		t.Errorf("%d warnings:\n%s", n, errOut)
	}
}
