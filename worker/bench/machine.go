package bench

import (
	"fmt"
	"os"
	"runtime"
	"strings"
)

// Machine is where a measurement was made, in a line.
func Machine() string {
	return fmt.Sprintf("%d × %s, %s/%s, %s", runtime.NumCPU(), processor(), runtime.GOOS, runtime.GOARCH, runtime.Version())
}

// processor is the model that Linux tells.
func processor() string {
	info, _ := os.ReadFile("/proc/cpuinfo") // there is none elsewhere
	_, rest, found := strings.Cut(string(info), "model name")
	line, _, _ := strings.Cut(rest, "\n")
	_, model, _ := strings.Cut(line, ":")
	if model = strings.TrimSpace(model); !found || model == "" {
		return "processor"
	}
	return model
}
