package check

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/compose-spec/compose-go/v2/cli"
	"github.com/compose-spec/compose-go/v2/types"

	"github.com/otpworker/otpworker/client/sandbox"
	"github.com/otpworker/otpworker/worker"
)

// project is compose.yaml as Docker Compose reads it, with the variables of
// env.example and all profiles.
func project(t *testing.T, more ...string) *types.Project {
	t.Helper()
	files := []string{filepath.Join("..", "compose.yaml")}
	for _, name := range more {
		files = append(files, filepath.Join("..", name))
	}
	opts, err := cli.NewProjectOptions(files, cli.WithEnvFiles(filepath.Join("..", "env.example")), cli.WithDotEnv,
		cli.WithProfiles([]string{"*"}), cli.WithConsistency(true), cli.WithInterpolation(true))
	if err != nil {
		t.Fatal(err)
	}
	p, err := opts.LoadProject(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestComposeWorkers(t *testing.T) {
	p := project(t)
	names := []string{"worker-1", "worker-2"}
	for _, name := range names {
		w, ok := p.Services[name]
		if !ok {
			t.Fatalf("no %s", name)
		}
		if grace := w.StopGracePeriod; grace == nil || time.Duration(*grace) < worker.DefaultConfig().KillAfter() {
			t.Errorf("%s is killed before it has drained", name)
		}
		if *w.Environment["OTPWORKER_WORKER_NAME"] != name {
			t.Errorf("%s has another's name", name)
		}
		if key, secret := *w.Environment["OTPWORKER_API_KEY"], *w.Environment["OTPWORKER_API_SECRET"]; key != sandbox.DefaultKey || secret != sandbox.DefaultSecret {
			t.Errorf("%s is not let in by the sandbox", name)
		}
		if w.DependsOn["streams"].Condition != types.ServiceConditionCompletedSuccessfully {
			t.Errorf("%s does not wait for the streams", name)
		}
	}
}

// What is built here runs as little privileged as in a cluster.
func TestComposeIsHardened(t *testing.T) {
	for name, s := range project(t).Services {
		if s.Build == nil {
			if !strings.Contains(s.Image, ":") || strings.HasSuffix(s.Image, ":latest") {
				t.Errorf("%s: image %s has no version", name, s.Image)
			}
			continue
		}
		if !s.ReadOnly || !slices.Equal(s.CapDrop, []string{"ALL"}) || !slices.Contains(s.SecurityOpt, "no-new-privileges:true") {
			t.Errorf("%s is not hardened", name)
		}
	}
}

// The page answers to those who come by its ports, and is asked by the names that
// Prometheus has for it.
func TestComposeNamesOfThePage(t *testing.T) {
	p := project(t)
	for _, name := range []string{"worker-1", "worker-2"} {
		w := p.Services[name]
		if host, _ := strings.CutPrefix(w.NetworkMode, "service:"); *w.Environment["OTPWORKER_HTTP_HOSTS"] != host {
			t.Errorf("%s answers to %s, in the network of %s", name, *w.Environment["OTPWORKER_HTTP_HOSTS"], host)
		}
		folder := w.Volumes[0].Volume.Subpath
		if prefix := *w.Environment["OTPWORKER_INBOX_PREFIX"]; prefix != "_INBOX_"+folder {
			t.Errorf("%s has the key of %s and the inboxes %s", name, folder, prefix)
		}
	}
}

// Each identity sees its own keys and nobody else's; nothing listens to the
// network around this machine.
func TestComposeKeepsKeysApart(t *testing.T) {
	folders := map[string]string{"nats": "nats", "streams": "operator", "worker-1": "console", "worker-2": "worker"}
	for name, s := range project(t).Services {
		for _, v := range s.Volumes {
			if v.Source != "keys" || name == "keys" {
				continue
			}
			if v.Volume == nil || v.Volume.Subpath != folders[name] || !v.ReadOnly {
				t.Errorf("%s sees more than its keys", name)
			}
		}
		for _, port := range s.Ports {
			if port.HostIP != "127.0.0.1" {
				t.Errorf("%s listens on %q", name, port.HostIP)
			}
		}
	}
}

// With an account the sandbox's key is gone and the account's comes from files.
func TestComposeAccount(t *testing.T) {
	for _, name := range []string{"worker-1", "worker-2"} {
		w := project(t, "compose.account.yaml").Services[name]
		if *w.Environment["OTPWORKER_API_KEY"] != "" || *w.Environment["OTPWORKER_API_KEY_FILE"] == "" || len(w.Secrets) != 2 {
			t.Errorf("%s: %v", name, w.Environment)
		}
		if !strings.HasPrefix(*w.Environment["OTPWORKER_PROVIDER_URL"], "https://") {
			t.Errorf("%s does not call the provider", name)
		}
	}
}

// What compose mounts from here is here.
func TestComposeMountsWhatIsThere(t *testing.T) {
	for name, s := range project(t).Services {
		for _, v := range s.Volumes {
			if v.Type != types.VolumeTypeBind {
				continue
			}
			if _, err := os.Stat(v.Source); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
}
