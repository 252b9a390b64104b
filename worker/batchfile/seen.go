package batchfile

import (
	"math/bits"
	"math/rand/v2"
	"strconv"

	"github.com/otpworker/otpworker/schema/redact"
)

const (
	shardBits = 6
	// A shard grows by a fifth when 92 of 100 places are taken: 12 bytes a place
	// are 13 to 16 bytes a number.
	fullNum, fullDen = 92, 100
	growNum, growDen = 6, 5
	firstPlaces      = 32
)

// seen remembers numbers, and on which row each stood first. What it keeps of a
// number is a permutation of it under a random key: no two numbers are taken for
// one, and none lies in memory as it is. It is cut in shards so that only one of
// them is copied at a time when it grows.
type seen struct {
	key    uint64
	shards [1 << shardBits]shard
}

type shard struct {
	marks []uint64
	rows  []uint32 // 0: the place is free
	taken int
}

func newSeen() *seen { return &seen{key: rand.Uint64()} }

// add returns the row on which the number stood before, 0 if it is new. The
// number is valid: digits, at most 14.
func (s *seen) add(to redact.Phone, row uint32) (before uint32) {
	number, err := strconv.ParseUint(to.Reveal(), 10, 64)
	if err != nil {
		return 0 // not a valid number, which is a fault of its own
	}
	mark := permute(number ^ s.key)
	return s.shards[mark>>(64-shardBits)].add(mark, row)
}

func (sh *shard) add(mark uint64, row uint32) uint32 {
	if sh.taken*fullDen >= len(sh.marks)*fullNum {
		sh.grow()
	}
	i := sh.place(mark)
	if sh.rows[i] != 0 {
		return sh.rows[i]
	}
	sh.marks[i], sh.rows[i] = mark, row
	sh.taken++
	return 0
}

// place is where the mark stands, or the free place where it would.
func (sh *shard) place(mark uint64) int {
	// The first bits chose the shard; the ones below spread over its places.
	at, _ := bits.Mul64(mark<<shardBits, uint64(len(sh.marks)))
	i := int(at)
	for sh.rows[i] != 0 && sh.marks[i] != mark {
		if i++; i == len(sh.marks) {
			i = 0
		}
	}
	return i
}

func (sh *shard) grow() {
	marks, rows := sh.marks, sh.rows
	places := max(firstPlaces, len(marks)*growNum/growDen)
	sh.marks, sh.rows = make([]uint64, places), make([]uint32, places)
	for i, row := range rows {
		if row != 0 {
			to := sh.place(marks[i])
			sh.marks[to], sh.rows[to] = marks[i], row
		}
	}
}

// permute is the finalizer of MurmurHash3, which maps no two values to one.
func permute(x uint64) uint64 {
	x ^= x >> 33
	x *= 0xff51afd7ed558ccd
	x ^= x >> 33
	x *= 0xc4ceb9fe1a85ec53
	return x ^ x>>33
}
