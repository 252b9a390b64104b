package stats

import "math/bits"

const (
	// steps is into how many buckets each doubling is divided.
	steps = 8
	// ageBuckets reach to 70 minutes: no job lives longer than an hour.
	ageBuckets = 160
)

// ages is a histogram of milliseconds.
type ages [ageBuckets]uint32

func bucketOf(ms int64) int {
	v := uint64(max(0, ms))
	if v < steps {
		return int(v)
	}
	shift := bits.Len64(v) - 4
	return min(ageBuckets-1, shift*steps+int(v>>shift))
}

// upTo is the largest value of a bucket.
func upTo(bucket int) int64 {
	if bucket < 2*steps {
		return int64(bucket)
	}
	shift := bucket/steps - 1
	return int64(bucket-shift*steps+1)<<shift - 1
}

func (a *ages) add(o *ages) {
	for i, n := range o {
		a[i] += n
	}
}

func (a *ages) percentiles() (p Percentiles) {
	for _, n := range a {
		p.Count += uint64(n)
	}
	if p.Count == 0 {
		return p
	}
	p.P50MS, p.P90MS, p.P99MS = a.at(p.Count, 50), a.at(p.Count, 90), a.at(p.Count, 99)
	return p
}

// at is the value that so many percent of count do not exceed.
func (a *ages) at(count uint64, percent uint64) int64 {
	need := (count*percent + 99) / 100
	for i, n := range a {
		if need <= uint64(n) {
			return upTo(i)
		}
		need -= uint64(n)
	}
	return upTo(ageBuckets - 1)
}
