package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/spf13/cobra"
)

// COMMANDS.md is the help of all commands. When this fails:
//
//	go test ./cmd/otpworker -run TestCommandsPage -update
func TestCommandsPage(t *testing.T) {
	path := filepath.Join("..", "..", "COMMANDS.md")
	page := strings.Builder{}
	page.WriteString("# Commands\nWhat `otpworker <command> --help` prints, written from the code.\n")
	helpOf(t, &page, rootCommand())
	if *update {
		if err := os.WriteFile(path, []byte(page.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	found, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(page.String(), string(found)); diff != "" {
		t.Errorf("COMMANDS.md is stale, see the comment of TestCommandsPage (-want +found):\n%s", diff)
	}
}

// helpOf adds a command and those below it; the exit codes, which all share, only
// once.
func helpOf(t *testing.T, page *strings.Builder, cmd *cobra.Command) {
	t.Helper()
	var out bytes.Buffer
	cmd.SetOut(&out)
	cmd.InitDefaultHelpFlag()
	if err := cmd.Help(); err != nil {
		t.Fatal(err)
	}
	text := out.String()
	if cmd.HasParent() {
		text = strings.Replace(text, exitCodes+"\n\n", "", 1)
	}
	page.WriteString("\n## " + cmd.CommandPath() + "\n```\n" + strings.TrimSpace(text) + "\n```\n")
	for _, below := range cmd.Commands() {
		if below.IsAvailableCommand() && below.Name() != "help" && below.Name() != "completion" {
			helpOf(t, page, below)
		}
	}
}
