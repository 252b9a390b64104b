package sandbox

import (
	"net/http"
	"strconv"
	"time"
)

func (s *Sandbox) addTemplate(_ *http.Request, req templateAdd) (status string, body []byte) {
	s.turn(func(time.Time) {
		if !s.account.knows(Send{AppID: req.AppID}) {
			status = s.cfg.UnknownID
			return
		}
		status, body = s.putTemplate(newTemplate(newNumber(&s.account.templates, firstTemplateID), req.AppID, req.templateRequest))
	})
	return status, body
}

// updateTemplate leaves a template to its app. One that was never added gets
// the app the request names, if it does.
func (s *Sandbox) updateTemplate(r *http.Request, req templateRequest) (status string, body []byte) {
	id, ok := pathNumber(r, "templateId")
	if !ok {
		return statusParameter, nil
	}
	s.turn(func(time.Time) {
		old, known := s.account.templates.get(id)
		switch {
		case known:
			status, body = s.putTemplate(newTemplate(id, old.AppID, req))
		case s.account.strict:
			status = s.cfg.UnknownID
		default:
			status, body = s.putTemplate(newTemplate(id, req.AppID, req))
		}
	})
	return status, body
}

func (s *Sandbox) putTemplate(t template) (status string, body []byte) {
	if status := s.account.templates.put(t.TemplateID, t.Name, &t); status != statusOK {
		return status, nil
	}
	return found(t)
}

func (s *Sandbox) templateDetails(r *http.Request, _ nothing) (status string, body []byte) {
	id, ok := pathNumber(r, "templateId")
	if !ok {
		return statusParameter, nil
	}
	s.turn(func(time.Time) {
		t, known := s.account.templates.get(id)
		switch {
		case known:
			status, body = found(t)
		case s.account.strict:
			status = s.cfg.UnknownID
		default:
			plain := plainTemplate
			plain.TemplateID, plain.Name = id, "template "+strconv.FormatInt(id, 10)
			status, body = found(plain)
		}
	})
	return status, body
}

func (s *Sandbox) listTemplates(*http.Request, nothing) (status string, body []byte) {
	s.turn(func(time.Time) { status, body = found(s.account.templates.all()) })
	return status, body
}

// pathNumber reads an id of the path that is a number.
func pathNumber(r *http.Request, name string) (int64, bool) {
	id, err := strconv.ParseInt(r.PathValue(name), 10, 64)
	return id, err == nil && id > 0
}
