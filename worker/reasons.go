package worker

import "slices"

// Reasons lists the reasons that a result or a hold of this version can have,
// without repeats, for whoever counts by reason and wants a bound.
func Reasons() []string {
	all := []string{
		reasonInvalid, reasonCannotOpen, reasonNotSealed, reasonExpiredQueued, reasonPoison, reasonRateLimited, reasonLedgerDown, ReasonCancelled, reasonBatchPaused, ReasonSuperseded,
	}
	for _, r := range Rules() {
		all = append(all, r.Reason)
	}
	slices.Sort(all)
	return slices.Compact(all)
}
