// Package bench measures what a worker costs and how fast it is, beside a
// hand-written loop that does the same work on the wire and nothing else.
//
// Each measurement has a NATS server, a provider sandbox and contenders of its
// own, each in a process of its own, so that CPU time and memory are theirs
// alone; all of them are this program once more, in a role: see [Play]. The
// measuring process makes the load and counts. There are two measurements:
//
//	drain      a backlog is published first, then worked off as fast as it goes
//	open loop  jobs come at a rate, whatever becomes of them, and each is timed
//	           from its publish to its result
//
// Absolute figures of a machine drift by some ten percent, ratios of contenders
// that run in turn far less: [Median] of the ratios round by round. Every
// measurement counts what was lost, sent twice, sent late or left: a figure with
// any of that is no figure.
package bench
