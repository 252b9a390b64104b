package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/otpworker/otpworker/client"
	"github.com/otpworker/otpworker/client/account"
)

// fileHelp tells about the file where it is read.
const fileHelp = `The file is YAML or JSON, under the provider's names and units; otpworker provider
export writes one. What it leaves out is left alone.

  version: 1
  apps:
  - appId: myapp01
    periodPhoneSendLimit: {enabled: true, unit: 3, period: 1, limit: 3}
  templates:
  - name: login
    appId: myapp01
    text: "Your code is ##code##"

A thing is found by its id, or without one by its name. Only apps cannot be found
by name, since the provider does not list them: an app without appId is made, and
its appId has to be put into the file then.

`

func providerPlanCommand() *cobra.Command {
	var path string
	var exitCode bool
	cmd := &cobra.Command{
		Use:   "plan -f FILE",
		Short: "Show what of a settings file differs from the account",
		Long: `Show what apply would do: ~ for what is to be changed, + for what is to be made.
It changes nothing. The exit code is 0 with differences and without; with
--exit-code it is 5 with differences.

` + fileHelp + providerCodes,
		Args: cobra.NoArgs,
	}
	fileFlag(cmd, &path)
	cmd.Flags().BoolVar(&exitCode, "exit-code", false, "exit with 5 if there are differences")
	output := viewFlag(cmd)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		v, err := output()
		if err != nil {
			return err
		}
		return withPlan(cmd, path, func(_ context.Context, p account.Plan) error {
			if err := v.show(planView{append([]account.Change{}, p.Changes...)}, planLines(p)...); err != nil {
				return err
			}
			fmt.Fprintln(cmd.ErrOrStderr(), planSummary(p))
			if exitCode && len(p.Changes) > 0 {
				return fail(exitNo, errors.New("the account differs from the file"))
			}
			return nil
		})
	}
	return cmd
}

func fileFlag(cmd *cobra.Command, path *string) {
	cmd.Flags().StringVarP(path, "file", "f", "", "settings file; - is standard input")
	_ = cmd.MarkFlagRequired("file") // it was added above
}

// withPlan reads a file and compares it with the account.
func withPlan(cmd *cobra.Command, path string, use func(context.Context, account.Plan) error) error {
	file, err := readSettingsFile(cmd.InOrStdin(), path)
	if err != nil {
		return fail(exitUsage, err)
	}
	return withProvider(cmd, func(ctx context.Context, c *client.Client) error {
		plan, err := account.Compare(ctx, c, file)
		if invalid, ok := errors.AsType[*account.InvalidError](err); ok {
			return invalidFile(path, invalid)
		}
		if err != nil {
			return err
		}
		return use(ctx, plan)
	})
}

// maxSettingsFile is one byte more than account.Decode takes.
const maxSettingsFile = 4<<20 + 1

func readSettingsFile(in io.Reader, path string) (account.File, error) {
	if path != "-" {
		file, err := os.Open(path)
		if err != nil {
			return account.File{}, fmt.Errorf("--file: %w", err)
		}
		defer func() { _ = file.Close() }()
		in = file
	}
	data, err := io.ReadAll(io.LimitReader(in, maxSettingsFile))
	if err != nil {
		return account.File{}, fmt.Errorf("--file: %w", err)
	}
	file, err := account.Decode(data)
	if err != nil {
		return account.File{}, invalidFile(path, err)
	}
	return file, nil
}

// invalidFile puts each fault on a line of its own below the file's name.
func invalidFile(path string, err error) error {
	if path == "-" {
		path = "standard input"
	}
	return fmt.Errorf("%s:\n%w", path, err)
}

func planLines(p account.Plan) (lines []string) {
	for _, c := range p.Changes {
		lines = append(lines, changeLines(c)...)
	}
	return lines
}

// planSummary is "2 to change, 1 to make".
func planSummary(p account.Plan) string {
	var parts []string
	for _, what := range []struct {
		action account.Action
		word   string
	}{{account.Update, "change"}, {account.Create, "make"}} {
		n := 0
		for _, c := range p.Changes {
			if c.Action == what.action {
				n++
			}
		}
		if n > 0 {
			parts = append(parts, fmt.Sprintf("%d to %s", n, what.word))
		}
	}
	if len(parts) == 0 {
		return "no differences: the account is as the file says"
	}
	return strings.Join(parts, ", ")
}
