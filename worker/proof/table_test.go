//go:build unix

package proof_test

import (
	"fmt"
	"io"
	"os/exec"
	"runtime"
	"slices"
	"strings"
	"sync"
	"time"
)

// A table is what a run prints at its end, as the README shows it.
type table struct {
	// commit is what was checked out when the run began.
	commit string

	mu   sync.Mutex
	rows []row
}

func (t *table) add(r row) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.rows = append(t.rows, r)
}

func (t *table) print(w io.Writer) {
	if len(t.rows) == 0 {
		return
	}
	fmt.Fprintf(w, "\n%s, commit %s, %s, %d processors, seed %d\n\n", time.Now().UTC().Format("2 Jan 2006"), t.commit, runtime.Version(), runtime.NumCPU(), *seed)
	fmt.Fprintln(w, "| scenario | jobs | faults | lost | SMS twice | late | false | two results | unknown | expired, not sent | asked | longest stall | time | jobs/s |")
	fmt.Fprintln(w, "|---|---|---|---|---|---|---|---|---|---|---|---|---|---|")
	slices.SortFunc(t.rows, func(a, b row) int { return strings.Compare(a.title, b.title) })
	for _, r := range t.rows {
		r.print(w)
	}
}

func (r row) print(w io.Writer) {
	var faults []string
	for _, f := range r.faults {
		faults = append(faults, fmt.Sprintf("%d %s", f.count, f.kind))
	}
	title := r.title
	if r.failed {
		title += " (FAILED)"
	}
	fmt.Fprintf(w, "| %s | %d | %s | %d | %d | %d | %d | %d | %d | %d | %d | %.1f s | %.0f s | %.0f |\n",
		title, r.jobs, strings.Join(faults, ", "), r.lost, r.twice, r.late, r.wrong, r.results, r.unknown, r.expired, r.asked,
		r.stall.Seconds(), r.took.Seconds(), float64(r.jobs)/r.took.Seconds())
}

// commit is what is checked out, with a plus if it was changed.
func commit() string {
	head, err := exec.Command("git", "rev-parse", "--short", "HEAD").Output()
	if err != nil {
		return "unknown"
	}
	changed, _ := exec.Command("git", "status", "--porcelain", "--untracked-files=no").Output()
	if len(changed) > 0 {
		return strings.TrimSpace(string(head)) + "+"
	}
	return strings.TrimSpace(string(head))
}
