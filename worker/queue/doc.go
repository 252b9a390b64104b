// Package queue is the JetStream side that workers, apps and the command line
// share: the connection, the streams and the ledger, publishing jobs, taking
// them, publishing and following results.
//
// An app needs three calls:
//
//	q, err := queue.Connect(ctx, queue.DefaultConfig())
//	result, err := q.SendAndWait(ctx, schema.LaneInteractive, job)
//	err = q.Close()
//
// Nothing here decides what becomes of a job: package worker does.
package queue
