package main

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"sigs.k8s.io/yaml"
)

// deployFiles are the files under deploy, and the Dockerfile, by name.
func deployFiles(t *testing.T) map[string]string {
	t.Helper()
	files := map[string]string{}
	read := func(path string) {
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		files[path] = string(data)
	}
	err := filepath.WalkDir(deployDir, func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() && filepath.Ext(path) != ".go" && filepath.Ext(path) != ".sum" {
			read(path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	read(filepath.Join(deployDir, "..", "Dockerfile"))
	return files
}

// Each variable that a file of deploy sets is one that somebody reads.
func TestDeployNamesVariablesThatAreRead(t *testing.T) {
	known := []string{
		"NATS_NAME", "NATS_ROUTES", // server.conf and cluster.conf
		"OTPWORKER_IMAGE", "OTPWORKER_VERSION", // compose.yaml
	}
	for _, v := range variables() {
		known = append(known, v.name)
	}
	for _, name := range secretNames {
		known = append(known, name+"_FILE")
	}
	names := regexp.MustCompile(`\b(OTPWORKER|NATS)_[A-Z_]*[A-Z]\b`)
	for path, text := range deployFiles(t) {
		for _, name := range names.FindAllString(text, -1) {
			if !slices.Contains(known, name) {
				t.Errorf("%s: nobody reads %s", path, name)
			}
		}
	}
}

// Each command line of a container of ours is one that the binary takes.
func TestDeployCommandsAreTaken(t *testing.T) {
	var tried [][]string
	for path, text := range deployFiles(t) {
		if filepath.Ext(path) != ".yaml" {
			continue
		}
		for doc := range strings.SplitSeq(text, "\n---\n") {
			var content any
			if err := yaml.Unmarshal([]byte(doc), &content); err != nil {
				t.Fatalf("%s: %v", path, err)
			}
			for _, args := range commands(content) {
				tried = append(tried, args)
				cmd, rest, err := rootCommand().Find(args)
				if err == nil && cmd.HasParent() {
					err = cmd.ParseFlags(rest)
				}
				if err != nil || !cmd.HasParent() {
					t.Errorf("%s: %q: %v", path, args, err)
				}
			}
		}
	}
	for _, want := range []string{"run", "sandbox", "streams"} {
		if !slices.ContainsFunc(tried, func(args []string) bool { return args[0] == want }) {
			t.Errorf("no container starts %s", want)
		}
	}
}

// commands finds what is written beside the image of otpworker.
func commands(node any) (all [][]string) {
	switch n := node.(type) {
	case []any:
		for _, child := range n {
			all = append(all, commands(child)...)
		}
	case map[string]any:
		image, _ := n["image"].(string)
		for _, key := range []string{"command", "args"} {
			words, ok := n[key].([]any)
			if !ok || image != "otpworker" && !strings.HasPrefix(image, "${OTPWORKER_IMAGE") {
				continue
			}
			var args []string
			for _, word := range words {
				text, _ := word.(string)
				args = append(args, text)
			}
			all = append(all, args)
		}
		for _, child := range n {
			all = append(all, commands(child)...)
		}
	}
	return all
}

// The image says how it is from the day that the binary can tell.
func TestImageChecksItsHealthIfItCan(t *testing.T) {
	can := false
	for _, cmd := range rootCommand().Commands() {
		can = can || cmd.Name() == "health"
	}
	dockerfile := deployFiles(t)[filepath.Join(deployDir, "..", "Dockerfile")]
	if checks := strings.Contains(dockerfile, `HEALTHCHECK CMD ["/otpworker", "health"]`); checks != can {
		t.Errorf("the Dockerfile checks its health: %v; there is a command health: %v", checks, can)
	}
}
