package bench

import (
	"fmt"
	"os"
	"runtime/pprof"
)

// A profiler writes a CPU profile of the measured time, and what was allocated
// until its end.
type profiler struct {
	path string // empty: none
	file *os.File
}

func (p *profiler) begin() (err error) {
	if p.path == "" {
		return nil
	}
	if p.file, err = os.Create(p.path + ".cpu"); err != nil {
		return err
	}
	return pprof.StartCPUProfile(p.file)
}

func (p *profiler) end() error {
	if p.file == nil {
		return nil
	}
	pprof.StopCPUProfile()
	err := p.file.Close()
	p.file = nil
	if err != nil {
		return fmt.Errorf("write CPU profile: %w", err)
	}
	allocs, err := os.Create(p.path + ".allocs")
	if err != nil {
		return err
	}
	defer func() { _ = allocs.Close() }()
	if err := pprof.Lookup("allocs").WriteTo(allocs, 0); err != nil {
		return fmt.Errorf("write allocations: %w", err)
	}
	return nil
}
