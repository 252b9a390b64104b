package sandbox

import (
	"container/heap"
	"time"
)

// schedule is the verifications to which something will happen, the earliest
// first. Each stands in it once, so it is no larger than the book.
type schedule []*verification

func (q schedule) Len() int           { return len(q) }
func (q schedule) Less(i, j int) bool { return q[i].due.Before(q[j].due) }
func (q schedule) Swap(i, j int) {
	q[i], q[j] = q[j], q[i]
	q[i].place, q[j].place = i+1, j+1
}

// Push and Pop are for package heap.
func (q *schedule) Push(x any) {
	v := x.(*verification)
	*q = append(*q, v)
	v.place = len(*q)
}

// Pop takes the last one.
func (q *schedule) Pop() any {
	last := len(*q) - 1
	v := (*q)[last]
	(*q)[last] = nil
	*q = (*q)[:last]
	v.place = 0
	return v
}

func (q schedule) first() *verification {
	if len(q) == 0 {
		return nil
	}
	return q[0]
}

// put takes v in, moves it, or takes it out, as its next moment demands.
func (q *schedule) put(v *verification) {
	due, waits := v.nextMoment()
	switch {
	case !waits:
		q.remove(v)
	case v.place == 0:
		v.due = due
		heap.Push(q, v)
	default:
		v.due = due
		heap.Fix(q, v.place-1)
	}
}

func (q *schedule) remove(v *verification) {
	if v.place > 0 {
		heap.Remove(q, v.place-1)
	}
}

// runDue lets happen all that is due by now, each at its own moment, so that
// an Advance or a late timer changes nothing about times. s.mu is held.
func (s *Sandbox) runDue(now time.Time) {
	for v := s.schedule.first(); v != nil && !v.due.After(now); v = s.schedule.first() {
		moment := v.due
		s.announce(v, moment)
		s.runFlow(v, moment)
		s.schedule.put(v)
	}
}
