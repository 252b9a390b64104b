package batchfile

// A rowSet is a set of rows by their place in a file: one bit a row.
type rowSet struct {
	words []uint64
	size  int
}

func (s *rowSet) add(n int) {
	for n/64 >= len(s.words) {
		s.words = append(s.words, 0)
	}
	if !s.has(n) {
		s.words[n/64] |= 1 << (n % 64)
		s.size++
	}
}

func (s *rowSet) has(n int) bool {
	return n >= 0 && n/64 < len(s.words) && s.words[n/64]&(1<<(n%64)) != 0
}
