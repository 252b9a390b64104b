package console

import (
	"crypto/rand"
	"sync"
)

// maxReports bounds the reports that are kept to be shown once more.
const maxReports = 32

// reports keep what was done, so that a reload shows it and does nothing again.
type reports struct {
	mu    sync.Mutex
	keys  []string // the oldest first
	byKey map[string]letterReport
}

func newReports() *reports { return &reports{byKey: map[string]letterReport{}} }

func (s *reports) keep(one letterReport) (key string) {
	key = rand.Text()
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.keys) >= maxReports {
		delete(s.byKey, s.keys[0])
		s.keys = s.keys[1:]
	}
	s.keys = append(s.keys, key)
	s.byKey[key] = one
	return key
}

func (s *reports) of(key string) (letterReport, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	one, ok := s.byKey[key]
	return one, ok
}
