package sandbox

// faultState is the fault that was set and how often it came up.
type faultState struct {
	Fault

	seen int // calls it could have hit, by which Percent is spread
	hits int
}

// next returns the fault for one more call, and whether there is one.
func (s *faultState) next() (Fault, bool) {
	if !s.spoils() && s.Latency == 0 && s.Undelivered == "" {
		return Fault{}, false
	}
	if s.Times > 0 && s.hits >= s.Times {
		return Fault{}, false
	}
	share := s.Percent
	if share == 0 {
		share = 100
	}
	s.seen++
	if s.seen*share/100 == (s.seen-1)*share/100 {
		return Fault{}, false
	}
	s.hits++
	return s.Fault, true
}

// faultFor returns what a send runs into: the fault that was set, else the
// one its number stands for.
func (s *Sandbox) faultFor(to, orderID string) Fault {
	s.mu.Lock()
	defer s.mu.Unlock()
	if f, ok := s.fault.next(); ok {
		return f
	}
	number, times := lookUp(to)
	if number == nil {
		return Fault{}
	}
	if times == 0 {
		return number.Fault
	}
	key := orderID
	if key == "" {
		key = to
	}
	tried, _ := s.tries.get(key)
	if tried >= times {
		return Fault{}
	}
	s.tries.put(key, tried+1)
	return number.Fault
}

// faultAt returns what a request that sends nothing runs into.
func (s *Sandbox) faultAt(as kind) Fault {
	s.mu.Lock()
	defer s.mu.Unlock()
	if as == records && !s.fault.Records || as == others && !s.fault.Others {
		return Fault{}
	}
	f, _ := s.fault.next()
	return f
}
