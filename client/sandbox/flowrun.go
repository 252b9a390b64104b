package sandbox

import "time"

// flowRun is a flow on its way. Nodes run one by one: each waits its time from
// the node before it, the first from the send. One whose trigger does not hold
// then is passed over. The flow ends with the right code, with the code's
// expiry, with a resend, or after its last node.
type flowRun struct {
	nodes  []flowNode
	next   int
	at     time.Time // when the next is due
	unsent bool      // the message before could not be sent at all
}

// newFlowRun returns nil for a flow that has nothing to run.
func newFlowRun(f *flow, now time.Time) *flowRun {
	if f == nil {
		return nil
	}
	return &flowRun{nodes: f.Nodes, at: now.Add(f.Nodes[0].waiting())}
}

// runFlow runs the node that is due.
func (s *Sandbox) runFlow(v *verification, now time.Time) {
	run := v.flow
	if run == nil || now.Before(run.at) {
		return
	}
	if v.verified() || v.expired(now) {
		v.flow = nil
		return
	}
	node := run.nodes[run.next]
	run.next++
	if node.holds(v, now) {
		s.followUp(v, node, now)
	}
	if run.next == len(run.nodes) {
		v.flow = nil
		return
	}
	run.at = now.Add(run.nodes[run.next].waiting())
}

func (n flowNode) holds(v *verification, now time.Time) bool {
	if n.Status == triggerFailed {
		return v.flow.unsent || v.latest().state(now) == StateFailed
	}
	return true // a verified flow has ended
}

// followUp sends a node's message. It costs and counts as any; without money
// or room it is not sent, which is a failure to the next node.
func (s *Sandbox) followUp(v *verification, node flowNode, now time.Time) {
	v.flow.unsent = s.charge(v.AppID, v.To.Reveal(), now) != statusOK
	if v.flow.unsent {
		return
	}
	channel := node.Channel
	if node.ChannelCut == 1 {
		channel = v.latest().channel
	}
	s.stats.followUps++
	s.dispatch(v, channel, v.flow.next, now)
}
