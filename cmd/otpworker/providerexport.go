package main

import (
	"context"
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"github.com/otpworker/otpworker/client"
	"github.com/otpworker/otpworker/client/account"
)

func providerExportCommand() *cobra.Command {
	var appIDs []string
	path, output := "-", "yaml"
	cmd := &cobra.Command{
		Use:   "export",
		Short: "Write a settings file from the account",
		Long: `Write a file for plan and apply: all templates, all flows, and the apps that have
a template. The provider cannot list apps: name others with --app. What plan would
not take, since it is outside the provider's documented ranges, is left out and
named on standard error.

` + providerCodes,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if output != "yaml" && output != "json" {
				return fail(exitUsage, fmt.Errorf("--output: %s is not yaml or json", typed(output)))
			}
			return withProvider(cmd, func(ctx context.Context, c *client.Client) error {
				return export(ctx, cmd, c, appIDs, path, output)
			})
		},
	}
	f := cmd.Flags()
	f.StringArrayVar(&appIDs, "app", nil, "app id to export too, once for each")
	f.StringVarP(&path, "file", "f", path, "file to write, which must not be there yet; - is standard output")
	f.StringVarP(&output, "output", "o", output, "yaml or json")
	return cmd
}

func export(ctx context.Context, cmd *cobra.Command, c *client.Client, appIDs []string, path, output string) error {
	file, leftOut, err := account.Export(ctx, c, appIDs)
	if err != nil {
		return err
	}
	data, err := file.YAML()
	if output == "json" {
		var text string
		text, err = encode(file, output)
		data = []byte(text)
	}
	if err != nil {
		return fail(exitFailed, err)
	}
	if path == "-" {
		_, err = cmd.OutOrStdout().Write(data)
	} else {
		err = writeNew(path, data)
	}
	if err != nil {
		return fail(exitFailed, err)
	}
	for _, f := range leftOut {
		fmt.Fprintf(cmd.ErrOrStderr(), "left out %s: %s\n", f.Field, f.Problem)
	}
	fmt.Fprintf(cmd.ErrOrStderr(), "apps %d, templates %d, flows %d\n", len(file.Apps), len(file.Templates), len(file.Flows))
	return nil
}

// writeNew leaves a file alone that is there already: somebody may have edited
// it.
func writeNew(path string, data []byte) (err error) {
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return fmt.Errorf("write export: %w", err)
	}
	defer func() {
		if fault := file.Close(); err == nil && fault != nil {
			err = fmt.Errorf("write export: %w", fault)
		}
	}()
	if _, err = file.Write(data); err != nil {
		return fmt.Errorf("write export: %w", err)
	}
	return nil
}
