package stats

import "github.com/otpworker/otpworker/worker"

// Slots is how many jobs the worker may work on at once, over all lanes.
func (s Snapshot) Slots() (n int) {
	for _, l := range s.Lanes {
		n += l.Slots
	}
	return n
}

// maxSkewMS is what the worker alarms from.
const maxSkewMS = 2000

// Skewed says that its clock is so far from the broker's that the worker alarms.
func (s Snapshot) Skewed() bool { return s.SkewMS > maxSkewMS || s.SkewMS < -maxSkewMS }

// CutOff says that it has worked and that no broker is connected to it now. One that
// starts, or is not known yet, is not cut off.
func (s Snapshot) CutOff() bool {
	return !s.Connected && (s.State == worker.PhaseWorking || s.State == worker.PhaseDraining)
}

// Trouble is what is wrong with a worker beside its state, in words; inWords writes
// milliseconds.
func (s Snapshot) Trouble(inWords func(ms int64) string) (parts []string) {
	if !s.Ledger {
		parts = append(parts, "ledger off")
	}
	if s.Skewed() {
		parts = append(parts, "clock off by "+inWords(max(s.SkewMS, -s.SkewMS)))
	}
	if !s.Ready && s.State == worker.PhaseWorking {
		parts = append(parts, s.Why...)
	}
	return parts
}
