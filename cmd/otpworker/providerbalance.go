package main

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/otpworker/otpworker/client"
)

func providerBalanceCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "balance",
		Short: "Show the account's money",
		Long: `Show the account's money in the account's currency: the balance, what of it was a
gift, and the credit, which is how far the balance may go below zero.

` + providerCodes,
		Args: cobra.NoArgs,
	}
	output := viewFlag(cmd)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		v, err := output()
		if err != nil {
			return err
		}
		return withProvider(cmd, func(ctx context.Context, c *client.Client) error {
			b, err := c.Balance(ctx)
			if err != nil {
				return err
			}
			return v.show(b, columns([]string{"balance", b.Balance}, []string{"gift", b.Gift}, []string{"credit", b.Credit})...)
		})
	}
	return cmd
}
