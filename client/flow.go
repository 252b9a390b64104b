package client

import (
	"context"
	"encoding/json"
	"fmt"
)

const (
	opAddFlow     = "flow/add"
	opUpdateFlow  = "flow/update"
	opFlowDetails = "flow/details"
	opListFlows   = "flow/list"
)

// maxNodes bounds a flow in both directions. How many nodes the provider takes
// is not documented; but a code lives for an hour at most and a node waits for
// half a minute at least, so node 121 can never run.
const maxNodes = 120

// FlowSettings is what an account can set of a flow, under the provider's names
// in JSON.
type FlowSettings struct {
	// Name is required, 4 to 32 characters, unique in the account.
	Name string `json:"name"`

	// Flow is what happens one after the other when a code does not arrive. 1 to 120
	// nodes, required.
	Flow []FlowNode `json:"flow"`
}

// Flow is one flow of the account. There is no way to delete one.
type Flow struct {
	// FlowID is a number in most answers and a text in some; "" if the answer
	// to AddFlow named none.
	FlowID string `json:"flowId"`
	FlowSettings
}

// AddFlow makes a flow and returns what the provider shows of it. A name that
// is taken is refused with StatusDataExists. After an *UnknownError the flow
// may exist: ListFlows tells (provider page: /api/otp/flowAdd). The errors are
// those of SendRule.
func (c *Client) AddFlow(ctx context.Context, s FlowSettings) (Flow, error) {
	var f faults
	s.check(&f)
	if err := f.err(opAddFlow); err != nil {
		return Flow{}, err
	}
	data, err := c.post(ctx, opAddFlow, c.at("flow", "add"), s)
	if err != nil {
		return Flow{}, err
	}
	flow, _ := decodeFlow(data) // it is made, however it is described
	return flow, nil
}

// UpdateFlow replaces name and nodes of a flow, so read them with FlowDetails
// first. It is a PUT, as everywhere on the page but in its one sample that says
// POST. After an *UnknownError the change may have been made; UpdateFlow can be
// repeated (provider page: /api/otp/flowUpdate). The errors are those of
// SendRule.
func (c *Client) UpdateFlow(ctx context.Context, flowID string, s FlowSettings) (Flow, error) {
	var f faults
	f.id("flowId", flowID)
	s.check(&f)
	if err := f.err(opUpdateFlow); err != nil {
		return Flow{}, err
	}
	data, err := c.put(ctx, opUpdateFlow, c.at("flow", "update", flowID), s)
	if err != nil {
		return Flow{}, err
	}
	flow, _ := decodeFlow(data)
	return flow, echoed(opUpdateFlow, &flow.FlowID, flowID)
}

// FlowDetails reads a flow. It changes nothing and can be repeated after any
// error; an answer with a setting that cannot be read is an *UnknownError
// (provider page: /api/otp/flowDetails). The errors are those of SendRule.
func (c *Client) FlowDetails(ctx context.Context, flowID string) (Flow, error) {
	var f faults
	f.id("flowId", flowID)
	if err := f.err(opFlowDetails); err != nil {
		return Flow{}, err
	}
	data, err := c.get(ctx, opFlowDetails, c.at("flow", "details", flowID))
	if err != nil {
		return Flow{}, err
	}
	flow, err := decodeFlow(data)
	if err != nil {
		return Flow{}, unreadable(opFlowDetails, err)
	}
	return flow, echoed(opFlowDetails, &flow.FlowID, flowID)
}

// ListFlows reads all flows of the account, at most 10,000 in 8 MiB. It changes
// nothing and can be repeated after any error; a longer or incomplete list, or
// one with an entry that cannot be read, is an *UnknownError
// (provider page: /api/otp/flowList). The errors are those of SendRule.
func (c *Client) ListFlows(ctx context.Context) ([]Flow, error) {
	data, err := c.getList(ctx, opListFlows, c.at("flow", "list"))
	if err != nil {
		return nil, err
	}
	flows, err := decodeList(data, "flowId", decodeFlow, func(f Flow) string { return f.FlowID })
	if err != nil {
		return nil, unreadable(opListFlows, err)
	}
	return flows, nil
}

func (s FlowSettings) check(f *faults) {
	f.name(s.Name)
	if n := len(s.Flow); n < 1 || n > maxNodes {
		f.add("flow", fmt.Sprintf("has %d nodes, must have 1 to %d", n, maxNodes))
		return
	}
	for i, n := range s.Flow {
		n.check(f, fmt.Sprintf("flow[%d]", i))
	}
}

func decodeFlow(data json.RawMessage) (Flow, error) {
	f, err := readObject(data)
	if err != nil {
		return Flow{}, err
	}
	flow := Flow{
		FlowID: f.id("flowId"),
		FlowSettings: FlowSettings{
			Name: f.text("name"),
			Flow: decodeNodes(f, "flow"),
		},
	}
	return flow, f.err()
}
