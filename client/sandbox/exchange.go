package sandbox

import "net/http"

// checked is the body of a request: valid follows the provider's field table.
type checked interface{ valid() bool }

// nothing is the body of a GET.
type nothing struct{}

func (nothing) valid() bool { return true }

// endpoint is a path that sends nothing: it reads a T and answers with what
// act makes of it.
func endpoint[T checked](s *Sandbox, as kind, act func(*http.Request, T) (status string, body []byte)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		defer s.begin(as)()
		var req T
		status := s.read(r, &req)
		if status == statusOK && !req.valid() {
			status = statusParameter
		}
		if status != statusOK {
			refuse(w, status, "")
			return
		}
		s.answer(w, r, exchange{
			fault: s.faultAt(as),
			act:   func() (string, []byte) { return act(r, req) },
		})
	}
}

// exchange is a request that passed its checks, and what becomes of it.
type exchange struct {
	fault   Fault
	act     func() (status string, body []byte)
	refused func(status string) // hears of a refusal; may be nil
	to      string              // is quoted in the reason of a refusal
}

// answer goes act, wait, answer. A fault that stops the request comes before
// act, one that spoils the answer after it.
func (s *Sandbox) answer(w http.ResponseWriter, r *http.Request, x exchange) {
	status, good := statusOK, []byte(nil)
	if !x.fault.stops() {
		status, good = x.act()
	}
	if !s.wait(r, s.cfg.Latency+x.fault.Latency) {
		panic(http.ErrAbortHandler)
	}
	if s.misbehave(w, r, x.fault, good) {
		return
	}
	if x.fault.Status != "" {
		status = x.fault.Status
	}
	if status == statusOK {
		writeJSON(w, good)
		return
	}
	if x.refused != nil {
		x.refused(status)
	}
	refuse(w, status, x.to)
}
