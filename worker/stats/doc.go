// Package stats counts what a worker does and tells how it is.
//
// A [Collector] takes a worker's events in, at the cost of a short lock and
// without an allocation, and makes a [Snapshot] of them when it is asked. The
// snapshots of all workers and what the queue holds are an [Overview].
//
// Nothing here holds a code, a phone number or a job's id: names of workers,
// apps and batches are all that an event leaves behind.
package stats
