package sandbox

import (
	"net/http"
	"time"
)

const defaultCodeExpiry = 5 // minutes

// providerZone is where the provider's times are.
var providerZone = time.FixedZone("", 8*60*60)

// app is an app as its answers show it (provider page: /api/otp/appDetails).
type app struct {
	AppID       string `json:"appId"`
	Name        string `json:"name"`
	CodeExpiry  int    `json:"codeExpiry"`
	PeriodTotal limit  `json:"periodTotalSendLimit"`
	PeriodPhone limit  `json:"periodPhoneSendLimit"`
	CreateTime  string `json:"createTime"`

	total window
}

func (a *app) expiry() time.Duration { return time.Duration(a.CodeExpiry) * time.Minute }

// appRequest is the body of add and update (provider pages: /api/otp/appAdd,
// appUpdate). An update replaces the whole: what it leaves out is the default.
type appRequest struct {
	AppID       string `json:"appId"` // update only; the page's sample leaves it out
	Name        string `json:"name"`
	CodeExpiry  *int   `json:"codeExpiry"`
	PeriodTotal limit  `json:"periodTotalSendLimit"`
	PeriodPhone limit  `json:"periodPhoneSendLimit"`
}

func (r appRequest) valid() bool {
	return validName(r.Name) && inRange(r.CodeExpiry, 1, 60) && r.PeriodTotal.valid() && r.PeriodPhone.valid()
}

func newApp(id string, r appRequest, now time.Time) app {
	return app{
		AppID: id, Name: r.Name, CodeExpiry: or(r.CodeExpiry, defaultCodeExpiry),
		PeriodTotal: r.PeriodTotal, PeriodPhone: r.PeriodPhone,
		CreateTime: now.In(providerZone).Format(time.RFC3339),
	}
}

func (s *Sandbox) addApp(_ *http.Request, req appRequest) (status string, body []byte) {
	s.turn(func(now time.Time) {
		a := newApp(s.account.newAppID(), req, now)
		status, body = s.putApp(&a)
	})
	return status, body
}

// updateApp keeps what the app has sent in its period: a higher limit lets the
// rest through, and does not begin anew.
func (s *Sandbox) updateApp(r *http.Request, req appRequest) (status string, body []byte) {
	id := r.PathValue("appId")
	if !validAppID(id) || req.AppID != "" && req.AppID != id {
		return statusParameter, nil
	}
	s.turn(func(now time.Time) {
		old, known := s.account.apps.get(id)
		if !known && s.account.strict {
			status = s.cfg.UnknownID
			return
		}
		a := newApp(id, req, now)
		if known {
			a.CreateTime, a.total = old.CreateTime, old.total
		}
		status, body = s.putApp(&a)
	})
	return status, body
}

func (s *Sandbox) putApp(a *app) (status string, body []byte) {
	if status := s.account.apps.put(a.AppID, a.Name, a); status != statusOK {
		return status, nil
	}
	return found(a)
}

func (s *Sandbox) appDetails(r *http.Request, _ nothing) (status string, body []byte) {
	id := r.PathValue("appId")
	if !validAppID(id) {
		return statusParameter, nil
	}
	s.turn(func(time.Time) {
		a, known := s.account.apps.get(id)
		switch {
		case known:
			status, body = found(a)
		case s.account.strict:
			status = s.cfg.UnknownID
		default:
			status, body = found(newApp(id, appRequest{Name: id}, s.account.opened))
		}
	})
	return status, body
}
