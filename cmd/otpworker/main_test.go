package main

import (
	"flag"
	"os"
	"path/filepath"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

var update = flag.Bool("update", false, "rewrite the tables in README.md")

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"otpworker": main})
}

// TestScript runs the binary as a user does, one process per command: see
// testdata/script. The commands that are no program's are in script_test.go.
func TestScript(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:                filepath.Join("testdata", "script"),
		RequireUniqueNames: true,
		Setup: func(env *testscript.Env) error {
			begin(env)
			home := filepath.Join(env.WorkDir, "home")
			env.Setenv("HOME", home)
			env.Setenv("XDG_DATA_HOME", filepath.Join(home, "data"))
			env.Setenv("XDG_CONFIG_HOME", filepath.Join(home, "config"))
			// Nobody listens here: the test that wants a worker starts one.
			env.Setenv("OTPWORKER_LISTEN", "127.0.0.1:1")
			// The usual port is another script's.
			env.Setenv("OTPWORKER_HTTP", "127.0.0.1:0")
			return os.Mkdir(home, 0o700)
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"exits":      cmdExits,
			"start":      cmdStart,
			"signal":     cmdSignal,
			"waitfor":    cmdWaitfor,
			"sandbox":    cmdSandbox,
			"worker":     cmdWorker,
			"natsserver": cmdNATSServer,
			"fault":      cmdFault,
			"stats":      cmdStats,
			"results":    cmdResults,
			"hides":      cmdHides,
			"until":      cmdUntil,
			"fetch":      cmdFetch,
			"letin":      cmdLetIn,
			"login":      cmdLogin,
		},
	})
}
