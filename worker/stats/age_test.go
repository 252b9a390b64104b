package stats

import "testing"

// Each value falls into one bucket, in order, and a bucket's largest value is at
// most an eighth above each of its values.
func TestAgeBuckets(t *testing.T) {
	last := 0
	for ms := int64(0); ms < 1<<22; ms += 1 + ms/97 {
		b := bucketOf(ms)
		if b < last || b >= ageBuckets {
			t.Fatalf("%d ms: bucket %d after %d", ms, b, last)
		}
		last = b
		if top := upTo(b); top < ms || float64(top-ms) > float64(ms)/8 || bucketOf(top) != b || bucketOf(top+1) != min(b+1, ageBuckets-1) {
			t.Fatalf("%d ms: bucket %d reaches to %d", ms, b, top)
		}
	}
	if last != ageBuckets-1 || bucketOf(1<<62) != last || bucketOf(-5) != 0 {
		t.Errorf("the last bucket is %d, of a huge value %d, of a negative one %d", last, bucketOf(1<<62), bucketOf(-5))
	}
}

func TestPercentiles(t *testing.T) {
	var a ages
	if p := a.percentiles(); p != (Percentiles{}) {
		t.Errorf("of nothing: %+v", p)
	}
	for range 98 {
		a[bucketOf(10)]++
	}
	a[bucketOf(100)]++
	a[bucketOf(60_000)]++
	p := a.percentiles()
	if p.Count != 100 || p.P50MS != 10 || p.P90MS != 10 || p.P99MS < 100 || p.P99MS > 112 {
		t.Errorf("%+v", p)
	}
	a[bucketOf(60_000)] += 2
	if p := a.percentiles(); p.P99MS < 60_000 || p.P99MS > 67_500 {
		t.Errorf("%+v", p)
	}
}
