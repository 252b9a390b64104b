package check

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/moby/buildkit/frontend/dockerfile/instructions"
	"github.com/moby/buildkit/frontend/dockerfile/linter"
	"github.com/moby/buildkit/frontend/dockerfile/parser"
)

// dockerfile is what BuildKit makes of it; each of its warnings fails the test.
func dockerfile(t *testing.T) []instructions.Stage {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("..", "..", "Dockerfile"))
	if err != nil {
		t.Fatal(err)
	}
	result, err := parser.Parse(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	lint := linter.New(&linter.Config{Warn: func(rule, _, _, text string, _ []parser.Range) {
		t.Errorf("%s: %s", rule, text)
	}})
	stages, _, err := instructions.Parse(result.AST, lint)
	if err != nil {
		t.Fatal(err)
	}
	for _, warning := range result.Warnings {
		t.Error(warning.Short)
	}
	return stages
}

func TestDockerfile(t *testing.T) {
	stages := dockerfile(t)
	last := stages[len(stages)-1]
	if !strings.HasPrefix(last.BaseName, "gcr.io/distroless/static-") || !strings.HasSuffix(last.BaseName, ":nonroot") {
		t.Errorf("the image is made from %s", last.BaseName)
	}
	var user string
	var entry []string
	for _, command := range last.Commands {
		switch c := command.(type) {
		case *instructions.UserCommand:
			user = c.User
		case *instructions.EntrypointCommand:
			if entry = c.CmdLine; c.PrependShell {
				t.Error("the image has no shell to start anything with")
			}
		case *instructions.RunCommand:
			t.Error("the image has nothing to run a command with")
		}
	}
	if user != "65532:65532" || !slices.Equal(entry, []string{"/otpworker"}) {
		t.Errorf("starts %q as %s", entry, user)
	}
}

// The build is static, reproducible and stamped, with the Go that go.mod names.
func TestDockerfileBuild(t *testing.T) {
	build := dockerfile(t)[0]
	module, err := os.ReadFile(filepath.Join("..", "..", "go.mod"))
	if err != nil {
		t.Fatal(err)
	}
	version, ok := strings.CutPrefix(build.BaseName, "golang:")
	if !ok || !strings.Contains(string(module), "\ngo "+version+".") {
		t.Errorf("built with %s", build.BaseName)
	}
	var lines []string
	for _, command := range build.Commands {
		if run, ok := command.(*instructions.RunCommand); ok {
			lines = append(lines, strings.Join(run.CmdLine, " "))
		}
	}
	i := slices.IndexFunc(lines, func(line string) bool { return strings.Contains(line, "go build") })
	if i < 0 {
		t.Fatalf("no build in %q", lines)
	}
	for _, part := range []string{"CGO_ENABLED=0", "GOARCH=$TARGETARCH", "-trimpath", "-buildvcs=false", "-X main.stamped=$VERSION"} {
		if !strings.Contains(lines[i], part) {
			t.Errorf("%s is not in %s", part, lines[i])
		}
	}
}

// All that the build copies is let through to it, and nothing else is.
func TestDockerignore(t *testing.T) {
	data, err := os.ReadFile(filepath.Join("..", "..", ".dockerignore"))
	if err != nil {
		t.Fatal(err)
	}
	let := strings.Fields(string(data))
	if let[0] != "*" {
		t.Errorf("lets everything through but %q", let)
	}
	var copied []string
	for _, command := range dockerfile(t)[0].Commands {
		if c, ok := command.(*instructions.CopyCommand); ok {
			copied = append(copied, c.SourcePaths...)
		}
	}
	for _, path := range copied {
		if !slices.Contains(let, "!"+path) {
			t.Errorf("%s is copied and left out", path)
		}
	}
}
