package main

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/otpworker/otpworker/client"
)

// providerGetCommand shows one thing of an account.
func providerGetCommand[T any](short string, read func(*client.Client, context.Context, string) (T, error), table func(T) []string) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "get ID",
		Short: short,
		Long:  short + ".\n\n" + providerCodes,
		Args:  cobra.ExactArgs(1),
	}
	output := viewFlag(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		v, err := output()
		if err != nil {
			return err
		}
		return withProvider(cmd, func(ctx context.Context, c *client.Client) error {
			thing, err := read(c, ctx, args[0])
			if err != nil {
				return err
			}
			return v.show(thing, table(thing)...)
		})
	}
	return cmd
}

// providerListCommand shows all things of a kind, a row each below the head.
func providerListCommand[T any](short string, read func(*client.Client, context.Context) ([]T, error), head []string, row func(T) []string) *cobra.Command {
	cmd := &cobra.Command{
		Use:     "list",
		Aliases: []string{"ls"},
		Short:   short,
		Long:    short + ".\n\n" + providerCodes,
		Args:    cobra.NoArgs,
	}
	output := viewFlag(cmd)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		v, err := output()
		if err != nil {
			return err
		}
		return withProvider(cmd, func(ctx context.Context, c *client.Client) error {
			things, err := read(c, ctx)
			if err != nil {
				return err
			}
			rows := [][]string{head}
			for _, thing := range things {
				rows = append(rows, row(thing))
			}
			return v.show(things, columns(rows...)...)
		})
	}
	return cmd
}
