package main

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// The examples in other languages send with no more than an app's rights, over
// TLS. deploy/examples tests all else of them.
func TestExamplesWithAnAppsRights(t *testing.T) {
	keys := installation(t)
	url := startNATS(t, natsOptions(t, serverConf, "nats-0")).ClientURL()
	asOperator(t, identity(url, keys, "operator"), "streams", "--apply")
	_, provider := startSandbox(t)
	startWorker(t, append(identity(url, keys, "worker"), provider...))
	examples := filepath.Join(deployDir, "examples")
	for name, c := range map[string]struct {
		tool, packages string
		line           []string
	}{
		"node": {"node", filepath.Join(examples, "node", "node_modules"), []string{
			"node", filepath.Join(examples, "node", "send.mjs"), "--app", "myapp01", "--to", "8613800138000", "--code", "493817",
		}},
		"shell": {"nats", examples, []string{"bash", filepath.Join(examples, "cli", "send.sh"), "myapp01", "8613800138000", "493817"}},
	} {
		t.Run(name, func(t *testing.T) {
			_, missing := exec.LookPath(c.tool)
			if _, err := os.Stat(c.packages); err != nil || missing != nil {
				t.Logf("NOT RUN: what the %s example needs is missing, see deploy/examples/README.md", name)
				return
			}
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()
			cmd := exec.CommandContext(ctx, c.line[0], c.line[1:]...)
			cmd.Env = append(os.Environ(), identity(url, keys, "app")...)
			var out, errOut bytes.Buffer
			cmd.Stdout, cmd.Stderr = &out, &errOut
			cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
			cmd.WaitDelay = 5 * time.Second
			if err := cmd.Run(); err != nil || !strings.Contains(out.String(), `"outcome":"sent"`) || errOut.Len() > 0 {
				t.Errorf("%v\n%s%s", err, &out, &errOut)
			}
		})
	}
}
