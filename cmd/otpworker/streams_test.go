package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/nats-io/nkeys"
)

// The generated files under deploy. When this fails:
//
//	go test ./cmd/otpworker -run TestStreamsFiles -update
func TestStreamsFiles(t *testing.T) {
	for path, args := range map[string][]string{
		"nats/accounts.conf":                      {"nats", "1"},
		"nats/streams.json":                       {"json", "1"},
		"kubernetes/components/nack/streams.yaml": {"nack", "3"},
	} {
		t.Setenv("OTPWORKER_REPLICAS", args[1])
		var out, errOut strings.Builder
		if code := run([]string{"streams", "--print", args[0]}, strings.NewReader(""), &out, &errOut); code != exitOK {
			t.Fatalf("%v: exit code %d: %s", args, code, errOut.String())
		}
		path = filepath.Join(deployDir, filepath.FromSlash(path))
		found, err := os.ReadFile(path)
		if err != nil && !*update {
			t.Fatal(err)
		}
		switch {
		case string(found) == out.String():
		case *update:
			if err := os.WriteFile(path, []byte(out.String()), 0o644); err != nil {
				t.Fatal(err)
			}
		default:
			t.Errorf("%s is stale, see the comment of this test (-found +code):\n%s", path, cmp.Diff(string(found), out.String()))
		}
	}
}

func TestStreamsJSONIsWhatTheAPITakes(t *testing.T) {
	data, err := os.ReadFile(filepath.Join(deployDir, "nats", "streams.json"))
	if err != nil {
		t.Fatal(err)
	}
	var streams []jetstream.StreamConfig
	if err := json.Unmarshal(data, &streams); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(defaultSettings().Queue.Stored(), streams); diff != "" {
		t.Errorf("-definition +file:\n%s", diff)
	}
}

// What is unset is left out, times are written as Go does, and a field that NACK
// has no name for is no silence.
func TestNACKSpec(t *testing.T) {
	got, err := nackSpec(jetstream.StreamConfig{
		Name: "S", Subjects: []string{"a.>"}, MaxAge: 90 * time.Minute, MaxBytes: 3 << 30, MaxMsgs: -1, DenyDelete: true,
		Retention: jetstream.WorkQueuePolicy, Metadata: map[string]string{"owner": "o"},
	})
	want := map[string]any{
		"name": "S", "subjects": []any{"a.>"}, "maxAge": "1h30m", "maxBytes": int64(3 << 30), "maxMsgs": int64(-1),
		"denyDelete": true, "retention": "workqueue", "discard": "old", "storage": "file", "compression": "none",
		"metadata": map[string]any{"owner": "o"},
	}
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
	if _, err := nackSpec(jetstream.StreamConfig{Name: "S", Sealed: true}); err == nil || !strings.Contains(err.Error(), "field sealed") {
		t.Errorf("a field without a name: %v", err)
	}
}

// Each role has a key of its own, the server knows their public halves, and
// only the owner of the files can read them.
func TestStreamsKeys(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "keys")
	if err := writeKeys(t.Output(), dir, []string{"nats", "127.0.0.1"}); err != nil {
		t.Fatal(err)
	}
	public, err := os.ReadFile(filepath.Join(dir, "nats", "keys.conf"))
	if err != nil {
		t.Fatal(err)
	}
	for _, role := range defaultSettings().Queue.Roles(defaultSettings().use()) {
		seed, err := os.ReadFile(filepath.Join(dir, role.Name, "nkey"))
		if err != nil {
			t.Fatal(err)
		}
		pair, err := nkeys.ParseDecoratedUserNKey(seed)
		if err != nil {
			t.Fatal(err)
		}
		if key, err := pair.PublicKey(); err != nil || !strings.Contains(string(public), keyName(role)+": "+key+"\n") {
			t.Errorf("%s: %s is not in keys.conf: %v", role.Name, key, err)
		}
		if strings.Contains(string(public), strings.TrimSpace(string(seed))) {
			t.Errorf("%s: the seed is in keys.conf", role.Name)
		}
	}
	err = filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := d.Info()
		if err == nil && info.Mode().Perm()&0o077 != 0 {
			t.Errorf("%s: mode %s", path, info.Mode())
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// A folder that is complete stays as it is; one that is not is not overwritten.
func TestStreamsKeysAreNotOverwritten(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "keys")
	seed := filepath.Join(dir, "app", "nkey")
	var text strings.Builder
	for range 2 {
		if err := writeKeys(&text, dir, []string{"nats"}); err != nil {
			t.Fatal(err)
		}
	}
	if !strings.Contains(text.String(), "nothing was changed") {
		t.Errorf("said %q", text.String())
	}
	before, _ := os.ReadFile(seed)
	if err := os.Remove(filepath.Join(dir, "nats", "keys.conf")); err != nil {
		t.Fatal(err)
	}
	if err := writeKeys(&text, dir, []string{"nats"}); err == nil || !strings.Contains(err.Error(), "empty the folder") {
		t.Errorf("an incomplete folder: %v", err)
	}
	if after, _ := os.ReadFile(seed); len(before) == 0 || string(before) != string(after) {
		t.Error("a key was overwritten")
	}
}
