package check

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	policyv1 "k8s.io/api/policy/v1"
	"sigs.k8s.io/kustomize/api/krusty"
	"sigs.k8s.io/kustomize/api/types"
	"sigs.k8s.io/kustomize/kyaml/filesys"
	"sigs.k8s.io/yaml"
)

// An installation is what kustomize makes of an overlay, decoded strictly: a
// field that does not exist fails the test.
type installation struct {
	name       string
	namespaces []corev1.Namespace
	configs    []corev1.ConfigMap
	accounts   []corev1.ServiceAccount
	services   []corev1.Service
	worker     appsv1.Deployment
	nats       appsv1.StatefulSet
	jobs       []batchv1.Job
	budgets    []policyv1.PodDisruptionBudget
	networks   []networkingv1.NetworkPolicy
	scaled     []scaledObject
	streams    []nackStream
	monitors   []podMonitor
}

// overlays are the ones in the repository, and production with each component.
func overlays(t *testing.T) []installation {
	t.Helper()
	components, err := os.ReadDir(filepath.Join("..", "kubernetes", "components"))
	if err != nil {
		t.Fatal(err)
	}
	all := []installation{render(t, "single", ""), render(t, "production", "")}
	for _, c := range components {
		all = append(all, render(t, "production", c.Name()))
	}
	return all
}

// render builds from a copy: kubectl apply -k reads the same files, and they must
// not reach outside of deploy.
func render(t *testing.T, overlay, component string) installation {
	t.Helper()
	dir := t.TempDir()
	for _, name := range []string{"nats", "kubernetes"} {
		if err := os.CopyFS(filepath.Join(dir, name), os.DirFS(filepath.Join("..", name))); err != nil {
			t.Fatal(err)
		}
	}
	path := filepath.Join(dir, "kubernetes", "overlays", overlay)
	if component != "" {
		file, err := os.OpenFile(filepath.Join(path, "kustomization.yaml"), os.O_APPEND|os.O_WRONLY, 0)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := fmt.Fprintf(file, "components: [../../components/%s]\n", component); err != nil {
			t.Fatal(err)
		}
		if err := file.Close(); err != nil {
			t.Fatal(err)
		}
	}
	opts := krusty.MakeDefaultOptions()
	opts.LoadRestrictions = types.LoadRestrictionsRootOnly
	resources, err := krusty.MakeKustomizer(opts).Run(filesys.MakeFsOnDisk(), path)
	if err != nil {
		t.Fatal(err)
	}
	in := installation{name: strings.TrimSuffix(overlay+"+"+component, "+")}
	for _, r := range resources.Resources() {
		data, err := r.AsYAML()
		if err != nil {
			t.Fatal(err)
		}
		in.add(t, r.GetKind(), data)
	}
	return in
}

func (in *installation) add(t *testing.T, kind string, data []byte) {
	t.Helper()
	switch kind {
	case "Namespace":
		in.namespaces = append(in.namespaces, strict[corev1.Namespace](t, data))
	case "ConfigMap":
		in.configs = append(in.configs, strict[corev1.ConfigMap](t, data))
	case "ServiceAccount":
		in.accounts = append(in.accounts, strict[corev1.ServiceAccount](t, data))
	case "Service":
		in.services = append(in.services, strict[corev1.Service](t, data))
	case "Deployment":
		in.worker = strict[appsv1.Deployment](t, data)
	case "StatefulSet":
		in.nats = strict[appsv1.StatefulSet](t, data)
	case "Job":
		in.jobs = append(in.jobs, strict[batchv1.Job](t, data))
	case "PodDisruptionBudget":
		in.budgets = append(in.budgets, strict[policyv1.PodDisruptionBudget](t, data))
	case "NetworkPolicy":
		in.networks = append(in.networks, strict[networkingv1.NetworkPolicy](t, data))
	case "ScaledObject":
		in.scaled = append(in.scaled, strict[scaledObject](t, data))
	case "Stream":
		in.streams = append(in.streams, strict[nackStream](t, data))
	case "PodMonitor":
		in.monitors = append(in.monitors, strict[podMonitor](t, data))
	default:
		t.Errorf("%s: nothing here knows a %s", in.name, kind)
	}
}

func strict[T any](t *testing.T, data []byte) (v T) {
	t.Helper()
	if err := yaml.UnmarshalStrict(data, &v); err != nil {
		t.Errorf("%v in\n%s", err, data)
	}
	return v
}

// config is the ConfigMap of the workers; kustomize adds a hash to its name.
func (in installation) config(t *testing.T) map[string]string {
	t.Helper()
	i := slices.IndexFunc(in.configs, func(c corev1.ConfigMap) bool { return strings.HasPrefix(c.Name, "otpworker-") })
	if i < 0 {
		t.Fatalf("%s: no ConfigMap of the workers", in.name)
	}
	return in.configs[i].Data
}

// pods are all templates of pods, by the name of what they belong to.
func (in installation) pods() map[string]corev1.PodTemplateSpec {
	pods := map[string]corev1.PodTemplateSpec{
		in.worker.Name: in.worker.Spec.Template,
		in.nats.Name:   in.nats.Spec.Template,
	}
	for _, job := range in.jobs {
		pods[job.Name] = job.Spec.Template
	}
	return pods
}
