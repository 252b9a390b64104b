package bench

import (
	"math"
	"slices"
	"time"
)

// Percentile returns the nearest rank of sorted times: the least of them that p
// percent do not exceed; 0 of none.
func Percentile(sorted []time.Duration, p float64) time.Duration {
	if len(sorted) == 0 {
		return 0
	}
	// The product is a hair above a whole number at times.
	rank := int(math.Ceil(p/100*float64(len(sorted)) - 1e-9))
	return sorted[min(max(rank, 1), len(sorted))-1]
}

// Median returns the middle of the values, or the mean of the two in the
// middle; NaN of none.
func Median(values []float64) float64 {
	if len(values) == 0 {
		return math.NaN()
	}
	sorted := slices.Sorted(slices.Values(values))
	middle := len(sorted) / 2
	if len(sorted)%2 == 1 {
		return sorted[middle]
	}
	return (sorted[middle-1] + sorted[middle]) / 2
}

// Ratios divides round by round. A round without a divisor gives none.
func Ratios(values, by []float64) []float64 {
	var ratios []float64
	for i := range min(len(values), len(by)) {
		if by[i] != 0 {
			ratios = append(ratios, values[i]/by[i])
		}
	}
	return ratios
}
