package pace_test

import (
	"cmp"
	"math"
	"slices"
	"time"
)

const window = 10 * time.Second

// of returns the takes of an app in their order; all for "".
func of(takes []take, app string) []take {
	some := slices.DeleteFunc(slices.Clone(takes), func(t take) bool { return app != "" && t.app != app })
	slices.SortStableFunc(some, func(a, b take) int { return cmp.Compare(a.at, b.at) })
	return some
}

// most is the largest number of tokens in any window of 10 s: one begins at
// each take.
func most(takes []take) (largest int) {
	sum, from := 0, 0
	for _, t := range takes {
		sum += t.n
		for t.at-takes[from].at >= window {
			sum -= takes[from].n
			from++
		}
		largest = max(largest, sum)
	}
	return largest
}

// least is the smallest number in any window of 10 s between two times: one
// begins right after each take, and at from.
func least(takes []take, from, to time.Duration) int {
	smallest := math.MaxInt
	starts := []time.Duration{from}
	for _, t := range takes {
		if t.at >= from {
			starts = append(starts, t.at+1)
		}
	}
	sum, i, j := 0, 0, 0
	for _, start := range starts {
		if start+window > to {
			break
		}
		for ; j < len(takes) && takes[j].at < start+window; j++ {
			sum += takes[j].n
		}
		for ; i < j && takes[i].at < start; i++ {
			sum -= takes[i].n
		}
		smallest = min(smallest, sum)
	}
	return smallest
}

// gap is the longest time without a take between two times.
func gap(takes []take, from, to time.Duration) (longest time.Duration) {
	last := from
	for _, t := range takes {
		if t.at < from || t.at > to {
			continue
		}
		longest = max(longest, t.at-last)
		last = t.at
	}
	return max(longest, to-last)
}

// bounds are the most and the least tokens that a window of a rate may hold.
func bounds(rate float64) (high, low int) {
	return int(rate*10*1.05 + 1e-9), int(rate * 10 * 0.9)
}

// by returns the takes of a worker in their order.
func by(takes []take, worker int) []take {
	return slices.DeleteFunc(of(takes, ""), func(t take) bool { return t.worker != worker })
}

func sum(takes []take) (n int) {
	for _, t := range takes {
		n += t.n
	}
	return n
}

func seconds(s float64) time.Duration { return time.Duration(s * float64(time.Second)) }
