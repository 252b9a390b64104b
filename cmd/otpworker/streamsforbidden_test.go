package main

import (
	"crypto/tls"
	"errors"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/otpworker/otpworker/schema"
)

// forbidden is what a role must not do. Each line is a publish, but for those
// that begin with "sub ".
var forbidden = map[string][]string{
	"worker": {
		"otp.v1.job.interactive.myapp01", "otp.v1.job.batch.myapp01.b1",
		"$JS.API.STREAM.DELETE.OTP_JOBS", "$JS.API.STREAM.PURGE.OTP_JOBS", "$JS.API.STREAM.UPDATE.OTP_JOBS",
		"$JS.API.STREAM.CREATE.MINE", "$JS.API.STREAM.DELETE.KV_otp_ledger", "$JS.API.STREAM.SNAPSHOT.OTP_JOBS",
		"$JS.API.STREAM.MSG.GET.OTP_DEAD", "$JS.API.STREAM.MSG.DELETE.OTP_RESULTS",
		"$JS.API.CONSUMER.CREATE.OTP_DEAD.x", "$JS.API.CONSUMER.CREATE.OTP_RESULTS.x", "$JS.API.CONSUMER.DURABLE.CREATE.OTP_JOBS.x",
		"$JS.API.CONSUMER.MSG.NEXT.OTP_DEAD.x", "$JS.ACK.OTP_DEAD.x.1.1.1.1.1", "$JS.ACK._.h.OTP_DEAD.x.1.1.1.1.1",
		"$KV.other.key", "_INBOX_app.x", "_INBOX.x", "app.own.subject", "$SYS.REQ.SERVER.PING",
		"sub otp.v1.job.>", "sub otp.v1.result.>", "sub otp.v1.reply.>", "sub _INBOX.>", "sub _INBOX_app.>", "sub >", "sub $JS.>",
	},
	"console": {
		"$JS.API.STREAM.DELETE.OTP_JOBS", "$JS.API.STREAM.PURGE.OTP_JOBS", "$JS.API.STREAM.PURGE.OTP_DEAD", "$JS.API.STREAM.UPDATE.OTP_DEAD",
		"$JS.API.STREAM.CREATE.MINE", "$JS.API.STREAM.DELETE.KV_otp_ledger", "$JS.API.STREAM.SNAPSHOT.OTP_DEAD",
		"$JS.API.STREAM.MSG.DELETE.OTP_RESULTS", "$JS.ACK.OTP_DEAD.x.1.1.1.1.1", "$KV.other.key", "_INBOX_app.x", "_INBOX_worker.x", "app.own.subject",
		"sub otp.v1.job.>", "sub otp.v1.result.>", "sub otp.v1.dead.>", "sub _INBOX.>", "sub _INBOX_worker.>", "sub >",
	},
	"app": {
		"otp.v1.job.batch.myapp01", "otp.v1.result.interactive.myapp01", "otp.v1.dead.invalid", "otp.v1.reply.login-1",
		"$JS.API.INFO", "$JS.API.STREAM.INFO.OTP_JOBS", "$JS.API.STREAM.NAMES", "$JS.API.STREAM.MSG.GET.OTP_JOBS",
		"$JS.API.STREAM.MSG.GET.OTP_DEAD", "$JS.API.STREAM.DELETE.OTP_JOBS", "$JS.API.STREAM.PURGE.OTP_JOBS",
		"$JS.API.CONSUMER.CREATE.OTP_JOBS.x.otp.v1.job.>", "$JS.API.CONSUMER.CREATE.OTP_RESULTS.x",
		"$JS.API.CONSUMER.MSG.NEXT.OTP_JOBS.worker-interactive-myapp01", "$JS.ACK.OTP_JOBS.worker-interactive-myapp01.1.1.1.1.1",
		"$JS.API.DIRECT.GET.KV_otp_ledger.$KV.otp_ledger.x", "$KV.otp_ledger.x", "$KV.otp_batches.x", "_INBOX_worker.x",
		"sub otp.v1.job.>", "sub otp.v1.result.>", "sub otp.v1.dead.>", "sub _INBOX_worker.>", "sub _INBOX.>", "sub >",
	},
	"batch": {
		"otp.v1.job.interactive.myapp01", "otp.v1.result.batch.myapp01", "otp.v1.dead.invalid", "otp.v1.reply.x", "otp.v1.event.batch.a.b",
		"$JS.API.STREAM.DELETE.OTP_JOBS", "$JS.API.STREAM.PURGE.OTP_JOBS", "$JS.API.STREAM.UPDATE.OTP_JOBS", "$JS.API.STREAM.MSG.GET.OTP_DEAD",
		"$JS.API.STREAM.MSG.DELETE.OTP_JOBS", "$JS.API.CONSUMER.CREATE.OTP_JOBS.x.otp.v1.job.>", "$JS.API.CONSUMER.DELETE.OTP_JOBS.x",
		"$JS.API.CONSUMER.MSG.NEXT.OTP_JOBS.worker-batch-myapp01", "$JS.API.CONSUMER.CREATE.OTP_DEAD.x",
		"$JS.ACK.OTP_JOBS.worker-batch-myapp01.1.1.1.1.1", "$KV.otp_ledger.x",
		"sub otp.v1.job.>", "sub otp.v1.result.>", "sub _INBOX_worker.>", "sub _INBOX.>", "sub >",
	},
	"operator": {
		"otp.v1.result.batch.myapp01", "otp.v1.dead.invalid", "otp.v1.reply.x",
		"$JS.API.STREAM.DELETE.OTP_JOBS", "$JS.API.STREAM.PURGE.OTP_JOBS", "$JS.API.STREAM.PURGE.OTP_DEAD", "$JS.API.STREAM.CREATE.MINE",
		"$JS.API.STREAM.SNAPSHOT.OTP_JOBS", "$JS.API.STREAM.RESTORE.OTP_JOBS", "$JS.API.STREAM.MSG.GET.OTP_JOBS", "$JS.API.STREAM.MSG.DELETE.OTP_JOBS",
		"$JS.API.CONSUMER.CREATE.OTP_JOBS.x.otp.v1.job.>", "$JS.API.CONSUMER.MSG.NEXT.OTP_JOBS.worker-batch-myapp01",
		"$JS.ACK.OTP_JOBS.worker-batch-myapp01.1.1.1.1.1", "$KV.otp_ledger.x", "$JS.API.DIRECT.GET.KV_otp_ledger.$KV.otp_ledger.x",
		"sub otp.v1.job.>", "sub otp.v1.result.>", "sub otp.v1.dead.>", "sub _INBOX_worker.>", "sub _INBOX.>", "sub >",
	},
}

// Each forbidden thing is refused, and nothing of it has happened.
func TestNATSRefusesWhatIsForbidden(t *testing.T) {
	keys := installation(t)
	srv := startNATS(t, natsOptions(t, serverConf, "nats-0"))
	url := srv.ClientURL()
	operator := identity(url, keys, "operator")
	asOperator(t, operator, "streams", "--apply")
	q, _ := connectRole(t, identity(url, keys, "app"))
	if err := q.Publish(t.Context(), schema.LaneInteractive, otpJob("stays")); err != nil {
		t.Fatal(err)
	}
	before := contents(t, dialRole(t, url, keys, "operator"))
	if before["OTP_JOBS"] != 1 || len(before) < 5 {
		t.Fatalf("streams at the start: %v", before)
	}
	for role, deeds := range forbidden {
		nc := dialRole(t, url, keys, role)
		for _, deed := range deeds {
			if !refuses(t, nc, deed) {
				t.Errorf("%s may do this: %s", role, deed)
			}
		}
	}
	if after := contents(t, dialRole(t, url, keys, "operator")); !maps.Equal(before, after) {
		t.Errorf("streams were %v and are %v", before, after)
	}
}

// refuses tries a deed and reports whether the server refused just it.
func refuses(t *testing.T, nc *nats.Conn, deed string) bool {
	t.Helper()
	subject, isSub := strings.CutPrefix(deed, "sub ")
	word := "Publish"
	if isSub {
		word = "Subscription"
		sub, err := nc.SubscribeSync(subject)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = sub.Unsubscribe() }()
	} else if err := nc.Publish(subject, []byte(`{}`)); err != nil {
		t.Fatal(err)
	}
	if err := nc.Flush(); err != nil {
		t.Fatal(err)
	}
	err := nc.LastError()
	return errors.Is(err, nats.ErrPermissionViolation) && strings.Contains(err.Error(), word+` to "`+subject+`"`)
}

// contents counts the messages of each stream.
func contents(t *testing.T, nc *nats.Conn) map[string]uint64 {
	t.Helper()
	js, err := jetstream.New(nc)
	if err != nil {
		t.Fatal(err)
	}
	counts := map[string]uint64{}
	list := js.ListStreams(t.Context())
	for s := range list.Info() {
		counts[s.Config.Name] = s.State.Msgs
	}
	if err := list.Err(); err != nil {
		t.Fatal(err)
	}
	return counts
}

// Nobody comes in without a key of ours, without TLS, or to a server that
// cannot show our authority's certificate.
func TestNATSLetsNobodyElseIn(t *testing.T) {
	keys := installation(t)
	url := startNATS(t, natsOptions(t, serverConf, "nats-0")).ClientURL()
	ca := nats.RootCAs(filepath.Join(keys, "app", caFile))
	own := func(dir string) nats.Option {
		opt, err := nats.NkeyOptionFromSeed(filepath.Join(dir, "app", seedFile))
		if err != nil {
			t.Fatal(err)
		}
		return opt
	}
	others := filepath.Join(t.TempDir(), "others")
	if err := writeKeys(t.Output(), others, []string{"127.0.0.1"}); err != nil {
		t.Fatal(err)
	}
	for name, opts := range map[string][]nats.Option{
		"without a key":       {ca},
		"with another key":    {ca, own(others)},
		"with a password":     {ca, nats.UserInfo("worker", "worker")},
		"for another server":  {nats.RootCAs(filepath.Join(others, "app", caFile)), own(keys)},
		"with an old version": {ca, own(keys), nats.Secure(&tls.Config{MaxVersion: tls.VersionTLS11})}, //nolint:gosec // it is refused
	} {
		if nc, err := nats.Connect(url, opts...); err == nil {
			nc.Close()
			t.Errorf("%s: let in", name)
		}
	}
	nc, err := nats.Connect(url, ca, own(keys))
	if err != nil {
		t.Fatalf("the key that is ours: %v", err)
	}
	defer nc.Close()
	if state, err := nc.TLSConnectionState(); err != nil || state.Version < tls.VersionTLS12 {
		t.Errorf("not over TLS: %v", err)
	}
}

// The largest documents pass, and nothing much larger does.
func TestNATSPayloadLimit(t *testing.T) {
	installation(t)
	limit := int(natsOptions(t, serverConf, "nats-0").MaxPayload)
	letter := schema.MaxBytes*4/3 + 4<<10 // base64, and what stands beside it
	if limit < letter || limit > 4*letter {
		t.Errorf("max_payload is %d, a dead letter has up to %d", limit, letter)
	}
}

// The streams fit into what the server may keep.
func TestNATSStore(t *testing.T) {
	installation(t)
	opts := natsOptions(t, serverConf, "nats-0")
	var need int64
	for _, s := range defaultSettings().Queue.Stored() {
		need += max(s.MaxBytes, 0)
	}
	if opts.JetStreamMaxStore < need {
		t.Errorf("max_file_store is %d, the streams need %d", opts.JetStreamMaxStore, need)
	}
	if !opts.SyncAlways {
		t.Error("a confirmed message is not on the disk")
	}
}

// Whatever a role may not do is tried for each role that has rights at all.
func TestForbiddenCoversTheRoles(t *testing.T) {
	var roles []string
	for _, role := range defaultSettings().Queue.Roles(defaultSettings().use()) {
		roles = append(roles, role.Name)
	}
	slices.Sort(roles)
	if tried := slices.Sorted(maps.Keys(forbidden)); !slices.Equal(roles, tried) {
		t.Errorf("roles %v, tried %v", roles, tried)
	}
	for _, path := range []string{filepath.Join("..", "..", "SECURITY.md"), filepath.Join(deployDir, "README.md")} {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for _, role := range roles {
			if !strings.Contains(string(text), "`"+role+"`") && !strings.Contains(string(text), "| "+role+" |") {
				t.Errorf("%s does not say what the role %s may do", path, role)
			}
		}
	}
}
