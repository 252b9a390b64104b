package batchfile

import (
	"math/rand/v2"
	"runtime"
	"strconv"
	"testing"

	"github.com/otpworker/otpworker/schema/redact"
)

func phone(n int) redact.Phone { return redact.NewPhone(strconv.Itoa(n)) }

func TestSeen(t *testing.T) {
	const numbers = 50_000
	s, rng := newSeen(), rand.New(rand.NewPCG(1, 2))
	first := map[int]uint32{}
	for row := uint32(1); len(first) < numbers; row++ {
		// Half of them lie close together, as the numbers of a network do.
		n := 8613800000000 + rng.IntN(numbers)
		if row%2 == 0 {
			n = 1_000_000_000 + rng.IntN(99_000_000_000_000)
		}
		if before := s.add(phone(n), row); before != first[n] {
			t.Fatalf("row %d: stood on %d before, want %d", row, before, first[n])
		}
		if first[n] == 0 {
			first[n] = row
		}
	}
}

// A million numbers take at most 16 bytes each.
func TestSeenIsSmall(t *testing.T) {
	const numbers = 1_000_000
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	s := newSeen()
	for n := range numbers {
		s.add(phone(8613800000000+n), uint32(n+1))
	}
	runtime.GC()
	runtime.ReadMemStats(&after)
	if each := float64(after.HeapAlloc-before.HeapAlloc) / numbers; each > 16.2 {
		t.Errorf("%.1f bytes a number", each)
	}
	if s.add(phone(8613800000041), 7) != 42 {
		t.Error("a number is forgotten")
	}
}
