package sandbox

import "maps"

// maxStatuses bounds Stats.Refused: SetFault can make up any status.
const maxStatuses = 64

// otherStatus counts what does not fit in Stats.Refused any more.
const otherStatus = "other"

// Stats counts what happened since New.
type Stats struct {
	// Calls counts requests to sendRule, send and resend, whatever became of
	// them.
	Calls int64 `json:"calls"`

	// Records counts record queries, Others requests to all other endpoints
	// of the provider.
	Records int64 `json:"records"`
	Others  int64 `json:"others"`

	// Accepted counts sends, Repeats those of them beyond the first for an
	// orderId, resends left out, Late those after the expiry that Expect
	// named.
	Accepted int64 `json:"accepted"`
	Repeats  int64 `json:"repeats"`
	Late     int64 `json:"late"`

	// FollowUps counts the messages that flows sent after those.
	FollowUps int64 `json:"followUps"`

	// Expected is the orderIds whose expiry Expect named and Config.MaxSends
	// has room for: without any of them Late says nothing.
	Expected int64 `json:"expected"`

	// Refused counts answers to sends by status. At most 64 are told apart,
	// the rest is "other".
	Refused map[string]int64 `json:"refused"`

	// InFlight is the requests being answered now, MaxConcurrent the most
	// there were.
	InFlight      int64 `json:"inFlight"`
	MaxConcurrent int64 `json:"maxConcurrent"`
}

// kind is what a request to the provider counts as.
type kind int

const (
	sends kind = iota
	records
	others
)

type counters struct {
	requests                           [others + 1]int64 // by kind
	accepted, repeats, late, followUps int64
	inFlight, maxConcurrent            int64
	refused                            map[string]int64
}

// Stats returns the counts as they are now.
func (s *Sandbox) Stats() Stats {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := &s.stats
	return Stats{
		Calls: c.requests[sends], Records: c.requests[records], Others: c.requests[others],
		Accepted: c.accepted, Repeats: c.repeats, Late: c.late, FollowUps: c.followUps,
		Expected: int64(s.book.expiry.len()),
		Refused:  maps.Clone(c.refused),
		InFlight: c.inFlight, MaxConcurrent: c.maxConcurrent,
	}
}

// begin counts a request in; the function it returns counts it out.
func (s *Sandbox) begin(as kind) (end func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.stats.requests[as]++
	s.stats.inFlight++
	s.stats.maxConcurrent = max(s.stats.maxConcurrent, s.stats.inFlight)
	return func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.stats.inFlight--
	}
}

func (s *Sandbox) countRefused(status string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	refused := s.stats.refused
	if _, known := refused[status]; !known && len(refused) >= maxStatuses {
		status = otherStatus
	}
	refused[status]++
}
