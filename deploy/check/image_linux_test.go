package check

import (
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// The image without an engine: the Dockerfile's build in an empty root, started as
// a user without rights on a read-only file system. It needs user namespaces.
func TestImage(t *testing.T) {
	if out := image(t, true, "version"); !strings.Contains(out, "otpworker v9.8.7 ") {
		t.Errorf("the version is not stamped: %s", out)
	}
	demo := strings.TrimSpace(image(t, true, "demo"))
	if last := demo[strings.LastIndex(demo, "\n")+1:]; !strings.HasSuffix(last, " 0 sent twice, 0 sent too late") {
		t.Errorf("the demo ends with %q", last)
	}
	if out := image(t, false, "streams", "--keys", "/data/keys"); !strings.Contains(out, "read-only file system") {
		t.Errorf("it could write: %s", out)
	}
}

func image(t *testing.T, ok bool, args ...string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), filepath.Join("..", "image.sh"), args...)
	cmd.Env = append(cmd.Environ(), "VERSION=v9.8.7")
	out, err := cmd.CombinedOutput()
	if (err == nil) != ok {
		t.Fatalf("image.sh %v: %v\n%s", args, err, out)
	}
	return string(out)
}
