package check

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"

	"github.com/otpworker/otpworker/client/sandbox"
	"github.com/otpworker/otpworker/schema"
)

var clusterJobs = flag.Int("cluster.jobs", 1000, "how many jobs TestCluster sends; the whole size is 10000")

const providerAddress = "127.0.0.1:8090"

// Three NATS servers and three workers, each with an address of its own, as the
// overlay for production has them: while jobs are worked on one server is cut off,
// then one worker, then one of each is killed and started again. Each job has one
// result, and each number one message.
//
// The provider stands on the loopback of each worker, so that a worker that is cut
// off from the queue goes on calling it: that is when a message could be sent twice.
func TestCluster(t *testing.T) {
	if !alone(t, binaries(t), fmt.Sprintf("-cluster.jobs=%d", *clusterJobs)) {
		return
	}
	p := newProduction(t)
	p.begin()
	start := time.Now()
	p.app.start(&p.results)
	p.until(0.15, func() { p.say("one server is cut off"); p.servers[0].cut() })
	p.until(0.30, func() { p.say("it is back"); p.servers[0].mend() })
	p.until(0.40, func() { p.say("one worker is cut off from the queue, not from the provider"); p.workers[0].cut() })
	p.until(0.55, func() { p.say("it is back"); p.workers[0].mend() })
	p.until(0.65, func() { p.say("one server is killed and started again"); p.servers[1].kill(); p.servers[1].start(nil) })
	p.until(0.85, func() { p.say("one worker is killed and started again"); p.workers[1].kill(); p.workers[1].start(nil) })
	p.app.wait(5 * time.Minute)
	p.say("all results are there after %s", time.Since(start).Round(time.Second))
	p.check()
}

// binaries builds what the images hold; the process inside is told where.
func binaries(t *testing.T) string {
	t.Helper()
	if dir := os.Getenv(inside); dir != "" {
		return dir
	}
	dir := t.TempDir()
	for name, what := range map[string][2]string{
		"otpworker":   {filepath.Join("..", ".."), "./cmd/otpworker"},
		"nats-server": {".", "github.com/nats-io/nats-server/v2"}, // a tool in go.mod
	} {
		cmd := exec.CommandContext(t.Context(), "go", "build", "-o", filepath.Join(dir, name), what[1])
		cmd.Dir, cmd.Env = what[0], append(os.Environ(), "CGO_ENABLED=0")
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("build %s: %v\n%s", name, err, out)
		}
	}
	return dir
}

// A production is what the overlay describes, a provider, and an app.
type production struct {
	*cluster
	in      installation
	box     *sandbox.Sandbox
	servers []*pod
	workers []*pod
	streams *pod
	app     *pod
	results bytes.Buffer
	began   time.Time
}

func newProduction(t *testing.T) *production {
	t.Helper()
	dir := os.Getenv(inside)
	in := render(t, "production", "")
	keys := t.TempDir()
	make := exec.CommandContext(t.Context(), filepath.Join(dir, "otpworker"), "streams", "--keys", filepath.Join(keys, "keys"), "--hosts", "nats,*.nats-headless")
	if out, err := make.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	secret := func(name string) string { return filepath.Join(keys, "keys", name) }
	p := &production{in: in, began: time.Now(), cluster: &cluster{
		site: newSite(t), configs: map[string]map[string]string{},
		secrets: map[string]string{
			"otpworker-nats-server": secret("nats"), "otpworker-nats": secret("worker"),
			"otpworker-nats-operator": secret("operator"), "otpworker-provider": filepath.Join(keys, "provider"),
		},
		images: map[string]string{
			"nats": filepath.Join(dir, "nats-server"), "otpworker": filepath.Join(dir, "otpworker"), "streams": filepath.Join(dir, "otpworker"),
		},
	}}
	for _, c := range in.configs {
		p.configs[c.Name] = c.Data
	}
	for file, text := range map[string]string{"api-key": sandbox.DefaultKey, "api-secret": sandbox.DefaultSecret} {
		p.writeFile(filepath.Join(p.secrets["otpworker-provider"], file), text)
	}
	p.layOut(secret("batch"))
	return p
}

// layOut makes a host for each pod.
func (p *production) layOut(appKeys string) {
	p.t.Helper()
	p.box = sandbox.New(sandbox.Config{Latency: 50 * time.Millisecond, RecordDelay: time.Second})
	for i := range *p.in.nats.Spec.Replicas {
		name := fmt.Sprintf("nats-%d", i)
		h := p.add(name, "nats", name+"."+p.in.nats.Spec.ServiceName)
		p.servers = append(p.servers, p.pod(h, p.in.nats.Spec.Template.Spec))
	}
	for i := range *p.in.worker.Spec.Replicas {
		h := p.add(fmt.Sprintf("worker-%d", i))
		// The one setting that is not the overlay's: it would call the provider.
		w := p.pod(h, p.in.worker.Spec.Template.Spec, "OTPWORKER_PROVIDER_URL=http://"+providerAddress+"/otp")
		p.workers = append(p.workers, w)
		p.serve(h.listen(providerAddress))
	}
	p.streams = p.pod(p.add("streams"), p.in.jobs[0].Spec.Template.Spec)

	p.secrets["app"] = appKeys
	p.app = p.pod(p.add("app"), corev1.PodSpec{
		Containers: []corev1.Container{{
			Name: "otpworker", Args: []string{"send", "--file", "/jobs/jobs.csv", "--app", "app1", "--wait", "--output", "ndjson"},
			VolumeMounts: []corev1.VolumeMount{{Name: "nats", MountPath: "/etc/otpworker/nats"}},
		}},
		Volumes: []corev1.Volume{{Name: "nats", VolumeSource: corev1.VolumeSource{Secret: &corev1.SecretVolumeSource{SecretName: "app"}}}},
	}, "NATS_URL=tls://nats:4222", "NATS_CA=/etc/otpworker/nats/ca.crt", "NATS_NKEY=/etc/otpworker/nats/nkey", "OTPWORKER_INBOX_PREFIX=_INBOX_batch")
	jobs := strings.Builder{}
	jobs.WriteString("id,to,code,ttlSeconds\n")
	for i := range *clusterJobs {
		fmt.Fprintf(&jobs, "%s,8613900%06d,%06d,3600\n", jobID(i), i, i)
	}
	p.writeFile(filepath.Join(p.app.root, "jobs", "jobs.csv"), jobs.String())
}

func jobID(i int) string { return fmt.Sprintf("job-%05d", i) }

func (p *production) serve(l net.Listener) {
	done := make(chan error, 1)
	go func() { done <- p.box.Serve(l) }()
	p.t.Cleanup(func() {
		_ = p.box.Close()
		<-done
	})
}

// begin starts everything but the app; Kubernetes starts what ends too early again.
func (p *production) begin() {
	p.t.Helper()
	p.t.Cleanup(func() {
		for _, one := range slices.Concat(p.workers, []*pod{p.app}, p.servers) {
			one.stop()
			if p.t.Failed() {
				p.t.Logf("%s:\n%s", one.name, one.log.String())
			}
		}
	})
	for _, s := range p.servers {
		s.start(nil)
	}
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(time.Second) {
		p.streams.start(nil)
		<-p.streams.ended
		if p.streams.err == nil {
			break
		}
		if time.Now().After(deadline) {
			p.t.Fatalf("streams: %v\n%s", p.streams.err, p.streams.log.String())
		}
	}
	for _, w := range p.workers {
		w.start(nil)
	}
	p.say("%d servers, %d workers, %d jobs at %s/s", len(p.servers), len(p.workers), *clusterJobs, p.in.config(p.t)["OTPWORKER_RATE"])
}

// standstill is how long no message may be sent.
const standstill = time.Minute

// until waits for so much of the work to be done, and does something then.
func (p *production) until(part float64, do func()) {
	p.t.Helper()
	want := int64(part * float64(*clusterJobs))
	sent, moved := int64(0), time.Now()
	for sent < want {
		time.Sleep(50 * time.Millisecond)
		if now := p.box.Stats().Accepted; now > sent {
			sent, moved = now, time.Now()
		}
		if time.Since(moved) > standstill {
			p.t.Fatalf("%d of %d sent, and no more for %s", sent, *clusterJobs, standstill)
		}
	}
	do()
}

func (p *production) say(format string, args ...any) {
	p.t.Logf("%5.1fs  %5d sent  %s", time.Since(p.began).Seconds(), p.box.Stats().Accepted, fmt.Sprintf(format, args...))
}

// check counts results and messages.
func (p *production) check() {
	p.t.Helper()
	results := map[string]int{}
	for line := range bytes.Lines(p.results.Bytes()) {
		var r schema.Result
		p.must(json.Unmarshal(line, &r))
		results[r.JobID]++
		if r.Outcome != schema.OutcomeSent {
			p.t.Errorf("%s: %s (%s)", r.JobID, r.Outcome, r.Reason)
		}
	}
	twice := 0
	for i := range *clusterJobs {
		id := jobID(i)
		if n := results[id]; n != 1 {
			p.t.Errorf("%s: %d results", id, n)
		}
		switch n := len(p.box.Sends(id)); {
		case n > 1:
			twice++
			fallthrough
		case n == 0:
			p.t.Errorf("%s: %d messages", id, n)
		}
	}
	stats := p.box.Stats()
	p.say("%d jobs, %d results; the provider: %d calls, %d accepted, %d twice, %d asked about",
		*clusterJobs, len(results), stats.Calls, stats.Accepted, twice, stats.Records)
}
