package sandbox

import (
	"sync"
	"time"
)

// turn runs f alone and at one moment, after all that was due by then, and
// then tells the observer what has happened. The lock around it keeps the
// observer's messages in order; it is taken before s.mu.
func (s *Sandbox) turn(f func(now time.Time)) {
	if s.cfg.OnMessage != nil {
		s.telling.Lock()
		defer s.telling.Unlock()
	}
	for _, m := range s.locked(f) {
		s.cfg.OnMessage(m)
	}
}

func (s *Sandbox) locked(f func(now time.Time)) (news []Message) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.time()
	s.runDue(now)
	f(now)
	s.setAlarm()
	news, s.news = s.news, nil
	return news
}

// alarm is the one timer, set to the earliest thing to happen: nobody need ask
// for it.
type alarm struct {
	timer   *time.Timer // nil: none, or cancelled
	at      time.Time   // the real time it is set to
	ringing int         // callbacks that are set or run
	silent  *sync.Cond  // ringing fell to 0
	off     bool        // between Close and Serve
}

// setAlarm follows the schedule. s.mu is held.
func (s *Sandbox) setAlarm() {
	a := &s.alarm
	v := s.schedule.first()
	if a.off || v == nil {
		a.cancel()
		return
	}
	at := v.due.Add(-s.advanced)
	if a.timer != nil && a.at.Equal(at) {
		return
	}
	a.cancel()
	a.ringing++
	a.at = at
	a.timer = time.AfterFunc(time.Until(at), s.ring)
}

// cancel counts a callback out that will not come any more.
func (a *alarm) cancel() {
	if a.timer != nil && a.timer.Stop() {
		a.end()
	}
	a.timer = nil
}

func (a *alarm) end() {
	if a.ringing--; a.ringing == 0 {
		a.silent.Broadcast()
	}
}

// ring lets happen what is due; all that is left is later than the timer was.
func (s *Sandbox) ring() {
	s.turn(func(time.Time) {})
	s.mu.Lock()
	defer s.mu.Unlock()
	s.alarm.end()
}

// silence stops the alarm and waits for the callback that runs.
func (s *Sandbox) silence() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.alarm.off = true
	s.alarm.cancel()
	for s.alarm.ringing > 0 {
		s.alarm.silent.Wait()
	}
}

// wake sets the alarm again. What came due meanwhile happens at once.
func (s *Sandbox) wake() {
	s.turn(func(time.Time) { s.alarm.off = false })
}
