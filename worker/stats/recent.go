package stats

import "time"

const (
	// ringSeconds is how far back the throughput goes.
	ringSeconds = 300
	// minute is what counts as the last one, and sliceSeconds the parts that its
	// ages are kept in.
	minute       = 60
	sliceSeconds = 5
	ringSlices   = minute/sliceSeconds + 1
)

// What is counted by the second.
const (
	taken = iota
	sent
	rejected
	expired
	unknown
	invalid
	kinds
	// withdrawn are expired ones too.
	withdrawn = kinds
	counted   = kinds + 1
)

// second is what there was in one second; another second's when it is reused.
type second struct {
	unix   int64
	counts [counted]uint32
}

// slice is the ages of five seconds.
type slice struct {
	unix int64
	ages [lanes]ages
}

// recent is the last minutes, in rings: its size does not depend on what comes.
type recent struct {
	seconds [ringSeconds]second
	slices  [ringSlices]slice
}

func (r *recent) count(unix int64, kind int) {
	s := &r.seconds[unix%ringSeconds]
	if s.unix != unix {
		*s = second{unix: unix}
	}
	s.counts[kind]++
}

func (r *recent) age(unix int64, lane, bucket int) {
	unix -= unix % sliceSeconds
	s := &r.slices[unix/sliceSeconds%ringSlices]
	if s.unix != unix {
		*s = slice{unix: unix}
	}
	s.ages[lane][bucket]++
}

// history is the ring as a document, up to the second of now.
func (r *recent) history(now int64) *Seconds {
	from := now - ringSeconds + 1
	h := &Seconds{From: time.Unix(from, 0).UTC()}
	for kind, column := range h.columns() {
		*column = make([]uint32, ringSeconds)
		for i := range *column {
			if s := &r.seconds[(from+int64(i))%ringSeconds]; s.unix == from+int64(i) {
				(*column)[i] = s.counts[kind]
			}
		}
	}
	return h
}

func (r *recent) lastMinute(now int64) (sum [counted]uint64) {
	for i := range r.seconds {
		if s := &r.seconds[i]; s.unix > now-minute && s.unix <= now {
			for kind, n := range s.counts {
				sum[kind] += uint64(n)
			}
		}
	}
	return sum
}

func (r *recent) lastAges(now int64, lane int) (sum ages) {
	for i := range r.slices {
		if s := &r.slices[i]; s.unix > now-minute-sliceSeconds && s.unix <= now {
			sum.add(&s.ages[lane])
		}
	}
	return sum
}
