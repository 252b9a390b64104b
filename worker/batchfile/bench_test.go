package batchfile

import (
	"fmt"
	"strings"
	"testing"
)

// What a row costs before it is sent.
func BenchmarkCheck(b *testing.B) {
	const rows = 100_000
	var text strings.Builder
	text.WriteString("to,code,metadata.user\n")
	for n := range rows {
		fmt.Fprintf(&text, "86138%08d,%06d,u%d\n", n, n, n)
	}
	s, err := Open("-", strings.NewReader(text.String()))
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	for b.Loop() {
		if f, err := Check(b.Context(), s, plain()); err != nil || f.Rows != rows {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/rows, "ns/row")
}
