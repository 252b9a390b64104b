package check

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/nats-io/nats-server/v2/server"
)

func number(s string) float64 {
	n, err := strconv.ParseFloat(s, 64)
	if err != nil {
		return -1
	}
	return n
}

// natsOptions reads a configuration of deploy/nats, with keys that it also returns
// the folder of.
func natsOptions(t *testing.T, conf string) (opts *server.Options, keys string) {
	t.Helper()
	etc := t.TempDir()
	keys = filepath.Join(etc, "roles")
	makeKeys(t, keys)
	if err := os.CopyFS(filepath.Join(etc, "conf"), os.DirFS(filepath.Join("..", "nats"))); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(filepath.Join(keys, "nats"), filepath.Join(etc, "keys")); err != nil {
		t.Fatal(err)
	}
	t.Setenv("NATS_NAME", "nats-0")
	home, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	t.Chdir(etc)
	opts, err = server.ProcessConfigFile(filepath.Join("conf", conf))
	if err != nil {
		t.Fatal(err)
	}
	t.Chdir(home)
	return opts, keys
}

// makeKeys runs the command as a user does.
func makeKeys(t *testing.T, dir string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "go", "run", "./cmd/otpworker", "streams", "--keys", dir, "--hosts", "127.0.0.1")
	cmd.Dir = filepath.Join("..", "..")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
}

// The routes name each server of the set by the name that its service gives it.
func TestRoutesNameTheServers(t *testing.T) {
	in := render(t, "production", "")
	service := in.nats.Spec.ServiceName
	routes := variable(in.nats.Spec.Template.Spec, "NATS_ROUTES")
	var want []string
	for i := range *in.nats.Spec.Replicas {
		want = append(want, fmt.Sprintf("nats-route://%s-%d.%s:6222", in.nats.Name, i, service))
	}
	if routes != "["+strings.Join(want, ", ")+"]" {
		t.Errorf("routes are %s, want %s", routes, want)
	}
	if !slices.Contains(serviceNames(in), service) {
		t.Errorf("no service %s", service)
	}
}

func serviceNames(in installation) (names []string) {
	for _, s := range in.services {
		names = append(names, s.Name)
	}
	return names
}

// The image of NATS is the version that the tests run in process.
func TestNATSIsTheVersionThatIsTested(t *testing.T) {
	want := "nats:" + server.VERSION + "-alpine"
	for _, in := range overlays(t) {
		if got := in.nats.Spec.Template.Spec.Containers[0].Image; got != want {
			t.Errorf("%s: %s, tested is %s", in.name, got, want)
		}
	}
	if got := project(t).Services["nats"].Image; got != want {
		t.Errorf("compose: %s, tested is %s", got, want)
	}
}
