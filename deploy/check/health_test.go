package check

import (
	"slices"
	"strings"
	"testing"

	"github.com/moby/buildkit/frontend/dockerfile/instructions"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
)

// The kubelet asks the operator's port: for its life only what no outage of NATS
// or the provider changes, and for nothing that would restart a worker meanwhile.
func TestProbes(t *testing.T) {
	for _, in := range overlays(t) {
		c := in.worker.Spec.Template.Spec.Containers[0]
		addr := in.config(t)["OTPWORKER_HTTP"]
		i := slices.IndexFunc(c.Ports, func(p corev1.ContainerPort) bool { return p.Name == "ops" })
		if i < 0 || !strings.HasPrefix(addr, ":") || number(strings.TrimPrefix(addr, ":")) != float64(c.Ports[i].ContainerPort) {
			t.Fatalf("%s: ports %v, OTPWORKER_HTTP=%s", in.name, c.Ports, addr)
		}
		for path, probe := range map[string]*corev1.Probe{"/healthz": c.LivenessProbe, "/readyz": c.ReadinessProbe} {
			if probe == nil || probe.HTTPGet == nil || probe.HTTPGet.Path != path || probe.HTTPGet.Port != intstr.FromString("ops") {
				t.Errorf("%s: no probe asks %s", in.name, path)
			}
		}
		if c.StartupProbe != nil {
			t.Errorf("%s: a worker that waits for NATS would be restarted", in.name)
		}
	}
}

// The alerts ask for job="otpworker": that is what Prometheus calls the workers.
func TestMonitorNamesTheJob(t *testing.T) {
	in := render(t, "production", "podmonitor")
	if len(in.monitors) != 1 {
		t.Fatalf("%d monitors", len(in.monitors))
	}
	if job := in.worker.Spec.Template.Labels[in.monitors[0].Spec.JobLabel]; job != "otpworker" {
		t.Errorf("the job is called %q", job)
	}
}

// A container of a worker says how it is; the image's other programs have no port
// to ask.
func TestContainersTellTheirHealth(t *testing.T) {
	stages := dockerfile(t)
	checks := slices.ContainsFunc(stages[len(stages)-1].Commands, func(c instructions.Command) bool {
		health, ok := c.(*instructions.HealthCheckCommand)
		return ok && slices.Equal(health.Health.Test, []string{"CMD", "/otpworker", "health"})
	})
	if !checks {
		t.Error("the image has no health check")
	}
	ports := map[string]string{}
	for name, s := range project(t).Services {
		if s.Build == nil {
			continue
		}
		addr := s.Environment["OTPWORKER_HTTP"]
		asks := s.HealthCheck != nil && slices.Equal(s.HealthCheck.Test, []string{"CMD", "/otpworker", "health"})
		switch {
		case s.HealthCheck == nil || asks == s.HealthCheck.Disable:
			t.Errorf("%s: health check %v", name, s.HealthCheck)
		case asks && addr == nil:
			t.Errorf("%s listens nowhere", name)
		case asks && ports[*addr] != "": // they share a network
			t.Errorf("%s and %s have the port %s", name, ports[*addr], *addr)
		case asks:
			ports[*addr] = name
		}
	}
	if len(ports) != 2 {
		t.Errorf("workers at %v", ports)
	}
}
