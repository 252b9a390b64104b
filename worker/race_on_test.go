//go:build race

package worker_test

// underRace makes the model smaller: the race detector slows it ten times.
const underRace = true
