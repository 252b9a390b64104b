package sandbox

import (
	"fmt"
	"net/http"
	"strconv"
	"time"
)

// misbehave plays a fault other than a status, and reports whether there was
// one. good is the answer that CutBody cuts.
func (s *Sandbox) misbehave(w http.ResponseWriter, r *http.Request, f Fault, good []byte) bool {
	switch {
	case f.Hang:
		s.hang(r)
	case f.Drop != "":
		panic(http.ErrAbortHandler)
	case f.HTTP != 0 || f.Throttle != 0:
		httpFault(w, f)
	case f.Redirect:
		w.Header().Set("Location", r.URL.Path)
		w.WriteHeader(http.StatusTemporaryRedirect)
	case f.Garbage:
		writeJSON(w, []byte("\x00\x01{]status:"))
	case f.HTML:
		w.Header().Set("Content-Type", "text/html")
		_, _ = fmt.Fprint(w, "<!DOCTYPE html><title>Welcome</title><p>Please sign in.")
	case f.CutBody:
		cut(w, good)
	default:
		return false
	}
	return true
}

// hang answers nothing; it ends with the caller or with Close.
func (s *Sandbox) hang(r *http.Request) {
	select {
	case <-r.Context().Done():
	case <-s.serving.stopping():
	}
	panic(http.ErrAbortHandler)
}

// wait reports whether the caller and the sandbox outlived d.
func (s *Sandbox) wait(r *http.Request, d time.Duration) bool {
	if d <= 0 {
		return true
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-r.Context().Done():
	case <-s.serving.stopping():
	}
	return false
}

func httpFault(w http.ResponseWriter, f Fault) {
	code := f.HTTP
	if code == 0 {
		code = http.StatusTooManyRequests
	}
	if f.Throttle > 0 {
		w.Header().Set("Retry-After", strconv.Itoa(f.Throttle))
	}
	http.Error(w, http.StatusText(code), code)
}

// cut announces more than it writes. The half that is written is no JSON.
func cut(w http.ResponseWriter, good []byte) {
	if len(good) == 0 {
		good = []byte(`{"status":"0","reason":"success","data":{}}`)
	}
	w.Header().Set("Content-Type", "application/json;charset=UTF-8")
	w.Header().Set("Content-Length", strconv.Itoa(len(good)))
	_, _ = w.Write(good[:len(good)/2])
	_ = http.NewResponseController(w).Flush()
	panic(http.ErrAbortHandler)
}
