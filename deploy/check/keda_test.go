package check

import (
	"io"
	"net/http"
	"net/url"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/tidwall/gjson"

	"github.com/otpworker/otpworker/client"
	"github.com/otpworker/otpworker/schema"
	"github.com/otpworker/otpworker/worker"
)

// There are never more workers than the provider's rate can use, even while each
// call takes as long as it may; and never fewer than are needed at once.
func TestScalingIsBounded(t *testing.T) {
	in := render(t, "production", "keda")
	if len(in.scaled) != 1 {
		t.Fatalf("%d scaled objects", len(in.scaled))
	}
	spec := in.scaled[0].Spec
	rate := number(in.config(t)["OTPWORKER_RATE"])
	useful := int(rate * client.DefaultConfig().Timeout.Seconds() / float64(worker.DefaultConfig().Slots()))
	if rate <= 0 || spec.MaxReplicaCount > useful || spec.MaxReplicaCount <= spec.MinReplicaCount {
		t.Errorf("at most %d workers, %d can be of use at %g/s", spec.MaxReplicaCount, useful, rate)
	}
	if spec.MinReplicaCount < 2 || spec.Fallback.Replicas < spec.MinReplicaCount || spec.Fallback.Behavior != "currentReplicasIfHigher" {
		t.Errorf("at least %d workers, %+v when the backlog is not known", spec.MinReplicaCount, spec.Fallback)
	}
	if spec.ScaleTargetRef.Name != in.worker.Name || in.worker.Spec.Replicas != nil {
		t.Error("the number of workers is set elsewhere too, or of something else")
	}
	if down := spec.Advanced.HorizontalPodAutoscalerConfig.Behavior.ScaleDown; down == nil || *down.StabilizationWindowSeconds < 60 {
		t.Error("workers go with each dip of the backlog")
	}
}

// What KEDA reads off a server is the backlog, on a server with no consumer at
// all; without the stream it reads nothing, and falls back.
func TestScalingReadsTheBacklog(t *testing.T) {
	in := render(t, "production", "keda")
	trigger := in.scaled[0].Spec.Triggers[0]
	address, err := url.Parse(trigger.Metadata["url"])
	if err != nil || trigger.Type != "metrics-api" || trigger.Metadata["format"] != "json" || number(trigger.Metadata["targetValue"]) <= 0 {
		t.Fatalf("%+v, %v", trigger, err)
	}
	if host, _, _ := strings.Cut(address.Host, ":"); host != "nats."+in.worker.Namespace+".svc" || address.Port() != "8222" {
		t.Errorf("asks %s", address.Host)
	}
	srv, js := natsAsOperator(t)
	location := trigger.Metadata["valueLocation"]
	if value := gjson.Get(ask(t, srv, address), location); value.Exists() {
		t.Errorf("without the stream it reads %s", value)
	}
	if _, err := js.CreateStream(t.Context(), jetstream.StreamConfig{Name: schema.StreamJobs, Subjects: []string{schema.JobSubjects}}); err != nil {
		t.Fatal(err)
	}
	for _, want := range []int64{0, 1, 2} {
		if value := gjson.Get(ask(t, srv, address), location); value.Type != gjson.Number || value.Int() != want {
			t.Errorf("reads %s of %d jobs", value, want)
		}
		if _, err := js.Publish(t.Context(), schema.JobSubject(schema.LaneBatch, "myapp01"), nil); err != nil {
			t.Fatal(err)
		}
	}
}

// natsAsOperator is a server of deploy/nats, and what its operator may do there.
func natsAsOperator(t *testing.T) (*server.Server, jetstream.JetStream) {
	t.Helper()
	opts, keys := natsOptions(t, "server.conf")
	opts.Host, opts.Port, opts.HTTPHost, opts.HTTPPort = "127.0.0.1", server.RANDOM_PORT, "127.0.0.1", server.RANDOM_PORT
	opts.StoreDir, opts.NoLog, opts.NoSigs = t.TempDir(), true, true
	srv, err := server.NewServer(opts)
	if err != nil {
		t.Fatal(err)
	}
	srv.Start()
	t.Cleanup(srv.Shutdown)
	if !srv.ReadyForConnections(30 * time.Second) {
		t.Fatal("the server is not ready")
	}
	identity, err := nats.NkeyOptionFromSeed(filepath.Join(keys, "operator", "nkey"))
	if err != nil {
		t.Fatal(err)
	}
	nc, err := nats.Connect(srv.ClientURL(), identity, nats.RootCAs(filepath.Join(keys, "operator", "ca.crt")), nats.CustomInboxPrefix("_INBOX_operator"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(nc.Close)
	js, err := jetstream.New(nc)
	if err != nil {
		t.Fatal(err)
	}
	return srv, js
}

// ask has the path and query of the manifest.
func ask(t *testing.T, srv *server.Server, address *url.URL) string {
	t.Helper()
	here := *address
	here.Host = srv.MonitorAddr().String()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, here.String(), nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(body)
}
