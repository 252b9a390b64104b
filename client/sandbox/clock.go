package sandbox

import (
	"errors"
	"time"
)

// maxAdvance keeps every time within what a Duration can tell apart.
const maxAdvance = 100 * 365 * 24 * time.Hour

// signatureTime is the clock of the Date header and of the timestamp check. It
// does not follow Advance: a client's signatures go by its own clock, and must
// not expire because somebody wanted to see a code expire.
func (s *Sandbox) signatureTime() time.Time { return time.Now().Add(s.cfg.ClockOffset) }

// time is the clock of all else: limits, flows, expiry, delivery, records and
// the inbox. s.mu is held.
func (s *Sandbox) time() time.Time { return time.Now().Add(s.advanced) }

// Now is the clock that Advance moves.
func (s *Sandbox) Now() time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.time()
}

// Advance moves the clock of limits, flows, expiries, deliveries and records
// forward. What comes due meanwhile happens in its order, each at its own
// time, before Advance returns. d must not be negative, and all of them
// together not exceed a hundred years. The signature's clock, Send.At and
// Expect stay with the real one.
func (s *Sandbox) Advance(d time.Duration) error {
	if d < 0 {
		return errors.New("advance the clock: it cannot go back, give a time such as 1m")
	}
	var err error
	s.turn(func(time.Time) {
		if d > maxAdvance-s.advanced {
			err = errors.New("advance the clock: it is a hundred years ahead, start another sandbox")
			return
		}
		s.advanced += d
		s.runDue(s.time())
	})
	return err
}
