package main

import (
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/otpworker/otpworker/client"
	"github.com/otpworker/otpworker/client/account"
)

func providerFlowCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "flow",
		Short: "Flows: what happens when a code does not arrive",
		Args:  cobra.NoArgs,
		RunE:  func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(
		providerGetCommand("Show a flow", (*client.Client).FlowDetails, func(w client.Flow) []string {
			return page("flowId", w.FlowID, account.FlowFields(w))
		}),
		providerListCommand("List all flows", (*client.Client).ListFlows, []string{"FLOW", "NAME", "NODES"}, flowRow),
		providerCreateCommand(account.KindFlow, &flowFlags{}, "name", "node"),
		providerUpdateCommand(account.KindFlow, &flowFlags{}),
	)
	return cmd
}

func flowRow(w client.Flow) []string {
	nodes := make([]string, len(w.Flow))
	for i, n := range w.Flow {
		nodes[i] = account.NodeText(n)
	}
	return []string{w.FlowID, w.Name, strings.Join(nodes, "; ")}
}

type flowFlags struct {
	name  string
	nodes []string
}

func (o *flowFlags) add(f *pflag.FlagSet) {
	f.StringVar(&o.name, "name", "", "name, 4 to 32 characters")
	f.StringArrayVar(&o.nodes, "node", nil, "a node, once for each in their order: all of them, also in an update:\n"+
		"after=30s,on=not-verified,channel=call waits, and calls if no right code\n"+
		"came; on=failed if the message before failed; channel is sms or call;\n"+
		",keep-channel behind it stays with the channel of before")
}

func (o *flowFlags) entry(f *pflag.FlagSet, id string) (account.File, error) {
	w := account.Flow{FlowID: id, Name: given(f, "name", o.name)}
	var faults []error
	for _, text := range o.nodes {
		n, err := account.ParseNode(text)
		switch {
		case mayBeSecret(text):
			faults = append(faults, fmt.Errorf("--node: %s is not a node such as after=30s,on=not-verified,channel=call", typed(text)))
		case err != nil:
			faults = append(faults, fmt.Errorf("--node: %w", err))
		}
		w.Flow = append(w.Flow, n)
	}
	return account.File{Version: account.Version, Flows: []account.Flow{w}}, errors.Join(faults...)
}
