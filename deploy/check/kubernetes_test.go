package check

import (
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/util/intstr"

	"github.com/otpworker/otpworker/worker"
)

// Every pod keeps to the restricted standard, and to more: a read-only file
// system, no token, a limit of memory that Go knows.
func TestPodsAreHardened(t *testing.T) {
	for _, in := range overlays(t) {
		for name, pod := range in.pods() {
			where := in.name + " " + name
			for _, fault := range podFaults(pod.Spec) {
				t.Errorf("%s: %s", where, fault)
			}
			for _, c := range pod.Spec.Containers {
				for _, fault := range containerFaults(c) {
					t.Errorf("%s: %s", where, fault)
				}
			}
		}
		for _, account := range in.accounts {
			if account.AutomountServiceAccountToken == nil || *account.AutomountServiceAccountToken {
				t.Errorf("%s: account %s gives its token away", in.name, account.Name)
			}
		}
		if len(in.namespaces) != 1 || in.namespaces[0].Labels["pod-security.kubernetes.io/enforce"] != "restricted" {
			t.Errorf("%s: the namespace does not enforce the restricted standard", in.name)
		}
	}
}

func podFaults(spec corev1.PodSpec) (faults []string) {
	need := func(ok bool, fault string) {
		if !ok {
			faults = append(faults, fault)
		}
	}
	s := spec.SecurityContext
	if s == nil {
		return []string{"no security context"}
	}
	need(s.RunAsNonRoot != nil && *s.RunAsNonRoot, "may run as root")
	need(s.RunAsUser != nil && *s.RunAsUser == 65532, "is not the image's user")
	need(s.FSGroup != nil && *s.FSGroup == 65532, "its group cannot read the secrets")
	need(s.SeccompProfile != nil && s.SeccompProfile.Type == corev1.SeccompProfileTypeRuntimeDefault, "no seccomp profile")
	need(spec.AutomountServiceAccountToken != nil && !*spec.AutomountServiceAccountToken, "has a token of the cluster")
	need(!spec.HostNetwork && !spec.HostPID && !spec.HostIPC, "shares the host's namespaces")
	for _, v := range spec.Volumes {
		need(v.HostPath == nil, "mounts the host's "+v.Name)
		if v.Secret != nil {
			need(v.Secret.DefaultMode != nil && *v.Secret.DefaultMode&0o337 == 0, "secret "+v.Secret.SecretName+" is readable by all")
		}
	}
	return faults
}

func containerFaults(c corev1.Container) (faults []string) {
	need := func(ok bool, fault string) {
		if !ok {
			faults = append(faults, c.Name+": "+fault)
		}
	}
	s := c.SecurityContext
	if s == nil {
		return []string{c.Name + ": no security context"}
	}
	need(s.AllowPrivilegeEscalation != nil && !*s.AllowPrivilegeEscalation, "may gain privileges")
	need(s.ReadOnlyRootFilesystem != nil && *s.ReadOnlyRootFilesystem, "may write its file system")
	need(s.Capabilities != nil && len(s.Capabilities.Add) == 0 && len(s.Capabilities.Drop) == 1 && s.Capabilities.Drop[0] == "ALL", "has capabilities")
	need(!c.Resources.Requests.Cpu().IsZero() && !c.Resources.Requests.Memory().IsZero(), "asks for no resources")
	limit := float64(c.Resources.Limits.Memory().Value())
	known := goMemory(c)
	need(limit > 0 && known >= 0.8*limit && known <= 0.92*limit, "GOMEMLIMIT is not nine tenths of the memory limit")
	need(strings.Contains(c.Image, ":") && !strings.HasSuffix(c.Image, ":latest"), "image "+c.Image+" has no version")
	return faults
}

func goMemory(c corev1.Container) float64 {
	for _, e := range c.Env {
		if mib, ok := strings.CutSuffix(e.Value, "MiB"); ok && e.Name == "GOMEMLIMIT" {
			return number(mib) * (1 << 20)
		}
	}
	return math.NaN()
}

// A stop has the drain time and the last words before the pod is killed; a server
// the time in which its clients leave.
func TestGracePeriods(t *testing.T) {
	opts, _ := natsOptions(t, "server.conf")
	for _, in := range overlays(t) {
		cfg := worker.DefaultConfig()
		drain, err := time.ParseDuration(in.config(t)["OTPWORKER_DRAIN_TIMEOUT"])
		if err != nil {
			t.Fatal(err)
		}
		cfg.DrainTimeout = drain
		if grace := in.worker.Spec.Template.Spec.TerminationGracePeriodSeconds; grace == nil || seconds(*grace) < cfg.KillAfter() {
			t.Errorf("%s: the worker's grace period is shorter than %s", in.name, cfg.KillAfter())
		}
		if grace := in.nats.Spec.Template.Spec.TerminationGracePeriodSeconds; grace == nil || seconds(*grace) < opts.LameDuckDuration+10*time.Second {
			t.Errorf("%s: the server's grace period is shorter than %s and a shutdown", in.name, opts.LameDuckDuration)
		}
	}
}

func seconds(n int64) time.Duration { return time.Duration(n) * time.Second }

// A node that is drained, or an update, takes one worker and one server at a time.
func TestDisruption(t *testing.T) {
	for _, in := range overlays(t) {
		if update := in.worker.Spec.Strategy.RollingUpdate; update == nil || update.MaxUnavailable.IntValue() != 0 {
			t.Errorf("%s: an update takes workers away", in.name)
		}
		guarded := map[string]bool{}
		for _, budget := range in.budgets {
			if *budget.Spec.MaxUnavailable != intstr.FromInt32(1) {
				t.Errorf("%s: %s lets go of %s at once", in.name, budget.Name, budget.Spec.MaxUnavailable)
			}
			for name, pod := range in.pods() {
				guarded[name] = guarded[name] || selects(t, budget.Spec.Selector, pod)
			}
		}
		if !guarded["otpworker"] || guarded["otpworker-streams"] || in.name != "single" && !guarded["nats"] {
			t.Errorf("%s: budgets for %v", in.name, guarded)
		}
	}
}

func selects(t *testing.T, s *metav1.LabelSelector, pod corev1.PodTemplateSpec) bool {
	t.Helper()
	selector, err := metav1.LabelSelectorAsSelector(s)
	if err != nil {
		t.Fatal(err)
	}
	return selector.Matches(labels.Set(pod.Labels))
}

// No pod is without a network policy in both directions.
func TestNetworkPolicies(t *testing.T) {
	for _, in := range overlays(t) {
		for name, pod := range in.pods() {
			closed := map[networkingv1.PolicyType]bool{}
			for _, policy := range in.networks {
				if selects(t, &policy.Spec.PodSelector, pod) {
					for _, kind := range policy.Spec.PolicyTypes {
						closed[kind] = true
					}
				}
			}
			if !closed[networkingv1.PolicyTypeIngress] || !closed[networkingv1.PolicyTypeEgress] {
				t.Errorf("%s %s: closed are %v", in.name, name, closed)
			}
		}
	}
}

// Workers have a worker's identity, or a console's, and never make streams; the job that makes
// them has the operator's.
func TestIdentities(t *testing.T) {
	for _, in := range overlays(t) {
		if mode := in.config(t)["OTPWORKER_PROVISION"]; mode != "verify" {
			t.Errorf("%s: OTPWORKER_PROVISION is %s", in.name, mode)
		}
		worker := [2]string{"otpworker-nats", "_INBOX_worker"}
		if in.name == "production+console" {
			worker = [2]string{"otpworker-nats-console", "_INBOX_console"}
		}
		for name, want := range map[string][2]string{
			"otpworker":         worker,
			"otpworker-streams": {"otpworker-nats-operator", "_INBOX_operator"},
		} {
			pod, ok := in.pods()[name]
			if !ok {
				continue // NACK makes the streams
			}
			if !mounts(pod.Spec, want[0]) || variable(pod.Spec, "OTPWORKER_INBOX_PREFIX") != want[1] {
				t.Errorf("%s: %s is not %v", in.name, name, want)
			}
		}
	}
}

func mounts(spec corev1.PodSpec, secret string) bool {
	for _, v := range spec.Volumes {
		if v.Secret != nil && v.Secret.SecretName == secret {
			return true
		}
	}
	return false
}

func variable(spec corev1.PodSpec, name string) string {
	for _, e := range spec.Containers[0].Env {
		if e.Name == name {
			return e.Value
		}
	}
	return ""
}

// Every secret that a manifest wants is one that the guide makes.
func TestSecretsAreInTheGuide(t *testing.T) {
	guide, err := os.ReadFile(filepath.Join("..", "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	for _, in := range overlays(t) {
		for _, pod := range in.pods() {
			for _, name := range secrets(pod.Spec) {
				if !strings.Contains(string(guide), "create secret generic "+name+" ") {
					t.Errorf("%s: the guide does not make secret %s", in.name, name)
				}
			}
		}
	}
}

func secrets(spec corev1.PodSpec) (names []string) {
	for _, v := range spec.Volumes {
		if v.Secret != nil {
			names = append(names, v.Secret.SecretName)
		}
		if v.Projected == nil {
			continue
		}
		for _, source := range v.Projected.Sources {
			if source.Secret != nil {
				names = append(names, source.Secret.Name)
			}
		}
	}
	return names
}

// As many copies of each stream as there are servers to keep them.
func TestCopies(t *testing.T) {
	for _, in := range overlays(t) {
		copies := in.config(t)["OTPWORKER_REPLICAS"]
		if servers := *in.nats.Spec.Replicas; number(copies) != float64(servers) {
			t.Errorf("%s: %s copies on %d servers", in.name, copies, servers)
		}
		for _, s := range in.streams {
			if number(copies) != float64(s.Spec.Replicas) {
				t.Errorf("%s: %s has %d copies", in.name, s.Spec.Name, s.Spec.Replicas)
			}
		}
	}
}
