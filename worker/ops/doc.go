// Package ops is the operator's port of a worker: is it alive, is it ready, what
// does it do.
//
//	/healthz  200 while the worker's own loop goes round, else 503
//	/readyz   200 while it takes jobs, or would if the provider let it, else 503
//	/stats    its snapshot as JSON; with ?fleet all workers and the queue
//	/metrics  what Config.Metrics serves
//	/         what Config.Page serves
//
// Nothing here asks for a password, and nothing here changes anything, but what
// Config.Page does with a token of its own: it belongs on loopback, or into a
// network of operators. Over loopback it answers to names
// of this machine only, so that a page from elsewhere, whose name an attacker has
// pointed here, reads nothing; requests of other origins that would change
// something are refused.
package ops
