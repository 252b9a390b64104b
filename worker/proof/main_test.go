//go:build unix

package proof_test

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"
)

var (
	size    = flag.String("proof.size", "small", "small, or full: the figures of the README")
	only    = flag.String("proof.run", "", "scenarios to run, comma separated: T4, T5, T6a, T6b, T8, T8b, control; T6 means both. Empty: all")
	keep    = flag.String("proof.dir", "", "folder to keep logs and stores in; with it the workers log everything. Empty: a temporary one")
	seed    = flag.Uint64("proof.seed", uint64(time.Now().UnixNano()), "seed of what is killed when")
	atOnce  = flag.Int("proof.parallel", 3, "scenarios at once; the full size runs one after the other")
	results table
)

// TestMain is also where the processes of a run begin: the test binary starts
// itself once more for each of them, with a role in its environment.
func TestMain(m *testing.M) {
	if text, ok := os.LookupEnv(roleVariable); ok {
		os.Exit(play(text))
	}
	flag.Parse()
	if *size != "small" && *size != "full" {
		fmt.Fprintln(os.Stderr, "-proof.size is small or full")
		os.Exit(2)
	}
	// Nearly all of a run is waiting for timeouts of a few seconds, so that
	// more of them fit beside each other than there are processors.
	if err := flag.Set("test.parallel", fmt.Sprint(*atOnce)); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
	results.commit = commit()
	code := m.Run()
	results.print(os.Stdout)
	os.Exit(code)
}

func full() bool { return *size == "full" }

// sized picks a figure by the size of the run.
func sized[T any](small, big T) T {
	if full() {
		return big
	}
	return small
}

// chosen skips a scenario that -proof.run leaves out.
func chosen(t *testing.T, name string) {
	t.Helper()
	if *only != "" && !named(name) {
		t.Skip("not named in -proof.run")
	}
	if testing.Short() {
		t.Skip("takes seconds of real time")
	}
	if !full() {
		t.Parallel()
	}
}

func named(name string) bool {
	for one := range strings.SplitSeq(*only, ",") {
		if one == name || one == "T6" && strings.HasPrefix(name, "T6") {
			return true
		}
	}
	return false
}
