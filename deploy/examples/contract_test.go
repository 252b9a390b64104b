package examples_test

import (
	"encoding/json"
	"errors"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// Node and Python hold the golden documents to the schemas and their own subjects
// and messages to the golden ones, as schema's tests do for Go. None may leave
// one out: they report how many they read.
func TestContract(t *testing.T) {
	want := golden(t)
	t.Run("node", func(t *testing.T) {
		if !hasNode() {
			t.Log("NOT RUN: Node.js or its packages are missing: install Node.js 20 and run npm ci in deploy/examples/node")
			return
		}
		want := maps.Clone(want)
		want["sealed"] = float64(sealed(t))
		wantContract(t, want, "node", "node", "--test", "--test-reporter=tap", "contract.test.mjs")
	})
	t.Run("python", func(t *testing.T) {
		python := withJSONSchema(t)
		if python == "" {
			t.Log("NOT RUN: Python or its package jsonschema is missing (Debian: apt-get install python3-jsonschema)")
			return
		}
		wantContract(t, want, "python", python, "-m", "unittest", "contract_test")
		// Where nats-py is missing nothing else has read the rest of the example.
		script := "compile(open('python/send.py').read(), 'send.py', 'exec')"
		if out, err := exec.CommandContext(t.Context(), python, "-c", script).CombinedOutput(); err != nil {
			t.Errorf("send.py: %v\n%s", err, out)
		}
	})
}

// withJSONSchema is a Python that has the package: Debian's is not always the first.
func withJSONSchema(t *testing.T) string {
	for _, python := range []string{"python3", "/usr/bin/python3"} {
		if exec.CommandContext(t.Context(), python, "-c", "import jsonschema").Run() == nil {
			return python
		}
	}
	return ""
}

func wantContract(t *testing.T, want map[string]any, dir string, line ...string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), line[0], line[1:]...)
	cmd.Dir = dir
	cmd.Env = append(cmd.Environ(), "PYTHONDONTWRITEBYTECODE=1")
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%s: %v\n%s", cmd, err, out)
	}
	_, counts, _ := strings.Cut(string(out), "contract ")
	var got map[string]any
	if err := json.NewDecoder(strings.NewReader(counts)).Decode(&got); err != nil {
		t.Fatalf("no counts: %v\n%s", err, out)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

// golden counts what every language has to read.
func golden(t *testing.T) map[string]any {
	t.Helper()
	counts := map[string]any{}
	for _, kind := range []string{"job", "result", "dead", "batchfinished"} {
		of := map[string]any{}
		for _, verdict := range []string{"valid", "invalid"} {
			files, err := filepath.Glob(filepath.Join("../../schema/golden", kind, verdict, "*.json"))
			if err != nil || len(files) == 0 {
				t.Fatalf("no %s %s documents: %v", verdict, kind, err)
			}
			of[verdict] = float64(len(files))
		}
		counts[kind] = of
	}
	for _, list := range []string{"subjects", "messages"} {
		counts[list] = float64(listed(t, list))
	}
	return counts
}

func listed(t *testing.T, name string) int {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("../../schema/golden", name+".json"))
	if err != nil {
		t.Fatal(err)
	}
	var file map[string]json.RawMessage
	var list []any
	if err := errors.Join(json.Unmarshal(data, &file), json.Unmarshal(file[name], &list)); err != nil || len(list) == 0 {
		t.Fatalf("%s: %d entries, %v", name, len(list), err)
	}
	return len(list)
}

// sealed counts the sealed jobs that can be opened. Node's example seals, Python's
// does not.
func sealed(t *testing.T) (n int) {
	t.Helper()
	data, err := os.ReadFile("../../schema/testdata/sealed.json")
	if err != nil {
		t.Fatal(err)
	}
	var file struct {
		Vectors []struct {
			Opens json.RawMessage `json:"opens"`
		} `json:"vectors"`
	}
	if err := json.Unmarshal(data, &file); err != nil {
		t.Fatal(err)
	}
	for _, v := range file.Vectors {
		if v.Opens != nil {
			n++
		}
	}
	return n
}
