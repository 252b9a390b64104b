package sandbox

import (
	"net/http"
	"strconv"
	"time"
)

// maxNodes bounds a flow, whose number of nodes is not documented. A code
// lives for an hour and a node waits for half a minute: no more can run.
const maxNodes = 120

// Triggers of a node.
const (
	triggerFailed      = 1 // the message before failed
	triggerNotVerified = 2 // no right code came
)

// flow is a flow as its answers show it (provider page: /api/otp/flowDetails).
type flow struct {
	FlowID int64      `json:"flowId"`
	Name   string     `json:"name"`
	Nodes  []flowNode `json:"flow"`
}

type flowNode struct {
	WaitingTime int    `json:"waitingTime"` // seconds
	Status      int    `json:"status"`      // a trigger
	Channel     string `json:"channel"`
	ChannelCut  int    `json:"channelCut"` // 0: switch to Channel; 1: do not
}

func (n flowNode) waiting() time.Duration { return time.Duration(n.WaitingTime) * time.Second }

func (n flowNode) valid() bool {
	return n.WaitingTime >= 30 && n.WaitingTime <= 120 &&
		(n.Status == triggerFailed || n.Status == triggerNotVerified) &&
		(n.Channel == channelSMS || n.Channel == channelCall) &&
		(n.ChannelCut == 0 || n.ChannelCut == 1)
}

// flowRequest is the body of add and update (provider pages:
// /api/otp/flowAdd, flowUpdate).
type flowRequest struct {
	Name  string     `json:"name"`
	Nodes []flowNode `json:"flow"`
}

func (r flowRequest) valid() bool {
	if !validName(r.Name) || len(r.Nodes) == 0 || len(r.Nodes) > maxNodes {
		return false
	}
	for _, n := range r.Nodes {
		if !n.valid() {
			return false
		}
	}
	return true
}

func (s *Sandbox) addFlow(_ *http.Request, req flowRequest) (status string, body []byte) {
	s.turn(func(time.Time) {
		status, body = s.putFlow(flow{newNumber(&s.account.flows, firstFlowID), req.Name, req.Nodes})
	})
	return status, body
}

// updateFlow leaves the flows that run as they began.
func (s *Sandbox) updateFlow(r *http.Request, req flowRequest) (status string, body []byte) {
	id, ok := pathNumber(r, "flowId")
	if !ok {
		return statusParameter, nil
	}
	s.turn(func(time.Time) {
		if _, known := s.account.flows.get(id); !known && s.account.strict {
			status = s.cfg.UnknownID
			return
		}
		status, body = s.putFlow(flow{id, req.Name, req.Nodes})
	})
	return status, body
}

func (s *Sandbox) putFlow(f flow) (status string, body []byte) {
	if status := s.account.flows.put(f.FlowID, f.Name, &f); status != statusOK {
		return status, nil
	}
	return found(f)
}

func (s *Sandbox) flowDetails(r *http.Request, _ nothing) (status string, body []byte) {
	id, ok := pathNumber(r, "flowId")
	if !ok {
		return statusParameter, nil
	}
	s.turn(func(time.Time) {
		f, known := s.account.flows.get(id)
		switch {
		case known:
			status, body = found(f)
		case s.account.strict:
			status = s.cfg.UnknownID
		default:
			status, body = found(flow{id, "flow " + strconv.FormatInt(id, 10), []flowNode{}})
		}
	})
	return status, body
}

func (s *Sandbox) listFlows(*http.Request, nothing) (status string, body []byte) {
	s.turn(func(time.Time) { status, body = found(s.account.flows.all()) })
	return status, body
}
