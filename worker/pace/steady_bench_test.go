//go:build unix

package pace_test

import (
	"fmt"
	"syscall"
	"testing"
	"time"

	"github.com/otpworker/otpworker/worker/pace"
)

// BenchmarkSteady is what a token costs that is taken as it comes, claims and
// the server in the same process included: CPU of the whole process. B/op and
// allocs/op are for one Take, and tokens/take is how many tokens that brings.
func BenchmarkSteady(b *testing.B) {
	for _, rate := range []float64{100, 1000, 10_000} {
		b.Run(fmt.Sprintf("%v a second", rate), func(b *testing.B) {
			p := realFleet(b, pace.Config{Account: rate, Apps: map[string]float64{"app1": rate}}, 1)[0]
			b.ReportAllocs()
			tokens, takes, before := 0, 0, cpu(b)
			for b.Loop() {
				got, err := p.Take(b.Context(), "app1", false, 64)
				if err != nil {
					b.Fatal(err)
				}
				tokens, takes = tokens+got.N, takes+1
			}
			b.ReportMetric(float64(cpu(b)-before)/float64(tokens), "cpu-ns/token")
			b.ReportMetric(float64(tokens)/float64(takes), "tokens/take")
		})
	}
}

func cpu(b *testing.B) time.Duration {
	b.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
