package check

import (
	"path"
	"slices"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
)

// Each secret that a worker reads from a file comes from a volume of a Secret, as a
// whole folder: of a single file (subPath) a pod never sees a change, and no key
// could be rotated without a restart.
func TestSecretsCanChange(t *testing.T) {
	found := map[string]bool{}
	for _, in := range overlays(t) {
		pod := in.worker.Spec.Template.Spec
		nkey := corev1.EnvVar{Name: "NATS_NKEY", Value: in.config(t)["NATS_NKEY"]}
		for _, v := range append(slices.Clone(pod.Containers[0].Env), nkey) {
			if !strings.HasSuffix(v.Name, "_FILE") && v.Name != nkey.Name {
				continue
			}
			found[v.Name] = true
			mount := slices.IndexFunc(pod.Containers[0].VolumeMounts, func(m corev1.VolumeMount) bool { return m.MountPath == path.Dir(v.Value) })
			if mount < 0 {
				t.Errorf("%s: %s is in no volume", in.name, v.Name)
				continue
			}
			m := pod.Containers[0].VolumeMounts[mount]
			volume := slices.IndexFunc(pod.Volumes, func(v corev1.Volume) bool { return v.Name == m.Name })
			if m.SubPath != "" || m.SubPathExpr != "" || !m.ReadOnly || volume < 0 || pod.Volumes[volume].Secret == nil {
				t.Errorf("%s: %s is mounted as %+v", in.name, v.Name, m)
			}
		}
	}
	for _, name := range []string{"OTPWORKER_API_KEY_FILE", "OTPWORKER_API_SECRET_FILE", "OTPWORKER_SEAL_SEED_FILE", "OTPWORKER_HTTP_TOKEN_FILE"} {
		if !found[name] {
			t.Errorf("no installation has %s", name)
		}
	}
}

// The seeds are the workers' and nobody else's.
func TestComposeSealed(t *testing.T) {
	p := project(t, "compose.sealed.yaml")
	for name, s := range p.Services {
		isWorker := strings.HasPrefix(name, "worker-")
		if (len(s.Secrets) > 0) != isWorker {
			t.Errorf("%s has the secrets %+v", name, s.Secrets)
		}
		if isWorker && *s.Environment["OTPWORKER_SEAL_SEED_FILE"] != "/run/secrets/"+s.Secrets[0].Source {
			t.Errorf("%s reads the seeds from %s", name, *s.Environment["OTPWORKER_SEAL_SEED_FILE"])
		}
	}
	if file := p.Secrets["seal_seed"].File; !strings.HasSuffix(file, "/secrets/seal.seed") {
		t.Errorf("the seeds are in %s", file)
	}
}
