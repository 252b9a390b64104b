package bench

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"time"
)

const (
	plotRows  = 12
	plotWidth = 50
)

// Plot draws how times are spread, the shortest first: rows of equal width up
// to the 99.9th percentile, and one for all that is longer. None draw nothing.
func Plot(w io.Writer, times []time.Duration) error {
	if len(times) == 0 {
		return nil
	}
	sorted := slices.Sorted(slices.Values(times))
	low, high := sorted[0], Percentile(sorted, 99.9)
	width := max((high-low)/plotRows, time.Microsecond)
	counts := make([]int, plotRows+1)
	for _, t := range sorted {
		row := min(int((t-low)/width), plotRows-1)
		if t > high {
			row = plotRows
		}
		counts[row]++
	}
	most := slices.Max(counts)
	for i, n := range counts {
		from, sign := low+time.Duration(i)*width, " "
		if i == plotRows {
			from, sign = high, ">"
			if n == 0 {
				break
			}
		}
		bar := strings.Repeat("#", (n*plotWidth+most-1)/most)
		if _, err := fmt.Fprintf(w, "%s%9.2f ms %-*s %d\n", sign, milliseconds(from), plotWidth, bar, n); err != nil {
			return err
		}
	}
	return nil
}
