package worker

import "github.com/sony/gobreaker/v2"

// maxApps bounds the apps on hold. Beyond it one is let go: its next job finds
// out again.
const maxApps = 1024

// app is the breaker of an app on hold, nil of any other.
func (h *holds) app(appID string) *breaker {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.apps[appID]
}

// holdApp opens an app's breaker.
func (h *holds) holdApp(appID string, v Verdict) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.apps[appID] != nil {
		return // another job was first
	}
	for other := range h.apps {
		if len(h.apps) < maxApps {
			break
		}
		delete(h.apps, other)
	}
	b := appBreaker(appID, h.cfg.AppOpen, h.cfg.AppOpenMax, h.changed)
	h.apps[appID] = b
	if report, ok := b.allow(); ok {
		report(v, errFailed)
	}
}

// forgetIdle drops the breakers of apps that nobody has probed for long: their
// jobs are gone, and the next one shall not wait for a pause that grew then.
func (h *holds) forgetIdle() {
	h.mu.Lock()
	defer h.mu.Unlock()
	for appID, b := range h.apps {
		if b.overdue() > h.cfg.AppOpenMax {
			delete(h.apps, appID)
		}
	}
}

// forgetClosed drops an app's breaker once it has closed.
func (h *holds) forgetClosed(appID string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if b := h.apps[appID]; b != nil {
		if state, _ := b.look(); state == gobreaker.StateClosed {
			delete(h.apps, appID)
		}
	}
}
