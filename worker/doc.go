// Package worker takes send jobs from the queue, calls the provider once per
// attempt, and publishes exactly one result per job.
//
// The path of a job is one file a step:
//
//	consume    an app's job is taken only when a slot is free for it
//	validate   decoded, opened if sealed, checked; what is malformed ends here
//	supersede  if so set, a job gives way to a newer one for its number
//	hold       no call while a breaker is open: provider, account or app
//	claim      this attempt is written to the ledger; no ledger, no send
//	call       one HTTP request with a deadline
//	classify   what the answer says: a pure table
//	decide     what to do about it: a pure function
//	reconcile  the provider is asked about a send that may have happened
//	publish    the result, confirmed by the broker, then the app's reply
//	settle     the delivery is acknowledged or given back, once
//
// A batch has its own place beside its app's plain jobs: share has the batches
// of an app take turns, batches knows which are paused or cancelled, clear ends
// the jobs of those, and finishBatches tells a batch's end, once.
//
// handle.go walks it. What it keeps: every job that was accepted gets one
// result; no message is sent twice as long as the provider shows a record
// within call timeout + grace; nothing is sent after a job's expiry; an outage
// costs no job.
package worker
