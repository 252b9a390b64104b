package main

import (
	"bytes"
	"crypto/sha256"
	"debug/buildinfo"
	"encoding/json"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// The release is the same wherever it is built, and says itself what is in it. It
// is built as the Dockerfile does it, once here and once from a copy of the sources
// in another folder. The second build takes from the cache what does not depend on
// the folder, as it should: the link and what is compiled anew are compared.
func TestRelease(t *testing.T) {
	here, err := filepath.Abs(filepath.Join("..", ".."))
	if err != nil {
		t.Fatal(err)
	}
	there := filepath.Join(t.TempDir(), "another", "place")
	copySources(t, here, there)
	first, second := build(t, here), build(t, there)
	if hash(t, first) != hash(t, second) {
		t.Error("two builds of the same sources differ")
	}
	text, err := os.ReadFile(first)
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Contains(text, []byte(here)) {
		t.Errorf("the binary names the folder it was built in, %s", here)
	}
	holdBOM(t, first)
}

// copySources copies what a build reads.
func copySources(t *testing.T, from, to string) {
	t.Helper()
	for _, name := range []string{"go.mod", "go.sum", "client", "cmd", "schema", "worker"} {
		err := filepath.WalkDir(filepath.Join(from, name), func(path string, entry fs.DirEntry, err error) error {
			if err != nil || entry.IsDir() {
				return err
			}
			rel, err := filepath.Rel(from, path)
			if err != nil {
				return err
			}
			data, err := os.ReadFile(path)
			if err == nil {
				err = os.MkdirAll(filepath.Join(to, filepath.Dir(rel)), 0o755)
			}
			if err == nil {
				err = os.WriteFile(filepath.Join(to, rel), data, 0o644)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}

// buildFlags are those of the Dockerfile.
func buildFlags(t *testing.T) []string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("..", "..", "Dockerfile"))
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(data)) {
		if flags, ok := strings.CutPrefix(strings.TrimSpace(line), "go build "); ok {
			before, link, quoted := strings.Cut(flags, `"`)
			link, _, _ = strings.Cut(link, `"`)
			if !quoted {
				break
			}
			return append(strings.Fields(before), strings.ReplaceAll(link, "$VERSION", "v1.2.3"))
		}
	}
	t.Fatal("no go build in the Dockerfile")
	return nil
}

func build(t *testing.T, dir string) (path string) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "otpworker")
	cmd := exec.CommandContext(t.Context(), "go", append(append([]string{"build"}, buildFlags(t)...), "-o", path, "./cmd/otpworker")...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0", "GOFLAGS=-mod=readonly")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
	return path
}

func hash(t *testing.T, path string) [sha256.Size]byte {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return sha256.Sum256(data)
}

// holdBOM holds the bill of materials against what the toolchain reads off the
// file.
func holdBOM(t *testing.T, path string) {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), path, "version", "--sbom").Output()
	if err != nil {
		t.Fatal(err)
	}
	var doc bom
	if err := json.Unmarshal(out, &doc); err != nil {
		t.Fatal(err)
	}
	info, err := buildinfo.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if self := doc.Metadata.Component; doc.Format != "CycloneDX" || self.Name != info.Main.Path || self.Version != "v1.2.3" {
		t.Errorf("%s of %s %s", doc.Format, self.Name, self.Version)
	}
	listed := map[string]component{}
	for _, c := range doc.Components {
		listed[c.Name] = c
	}
	for _, dep := range info.Deps {
		c := listed[dep.Path]
		if c.Version != dep.Version || c.PURL != "pkg:golang/"+dep.Path+"@"+dep.Version || len(c.Properties) != 1 || c.Properties[0].Value != dep.Sum {
			t.Errorf("%s %s is listed as %+v", dep.Path, dep.Version, c)
		}
	}
	if std := listed["std"]; std.Version != info.GoVersion || len(listed) != len(info.Deps)+1 || len(info.Deps) < 20 {
		t.Errorf("std is %+v; %d components for %d modules", std, len(listed), len(info.Deps))
	}
}
