package main

import (
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"github.com/otpworker/otpworker/client"
	"github.com/otpworker/otpworker/client/account"
)

// providerCodes are the exit codes of the provider commands.
const providerCodes = `Exit codes:
  0  done; verify: the code is right
  1  refused by the provider, or an unexpected error
  2  wrong flags, configuration or file; every fault is listed
  3  the provider cannot be reached or is too busy: nothing was done; apply: once
     a change was made the code is 1
  4  no trustworthy answer, or a refusal that proves nothing: what was to be done
     may have been
  5  the answer is no: verify: the code was not accepted; record: not found;
     plan --exit-code: there are differences
  130  interrupted before it was done`

// exitNo is an answer, and it is no.
const exitNo = exitUnwell

func providerCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "provider",
		Short: "Apps, templates, flows, records and balance at the provider",
		Long: `Look at a provider account and change it, one thing at a time or all from a
file. It takes OTPWORKER_API_KEY, OTPWORKER_API_SECRET, OTPWORKER_PROVIDER_URL and
OTPWORKER_CALL_TIMEOUT as otpworker run does, and needs no queue.

  otpworker provider app get myapp01
  otpworker provider app update myapp01 --phone-limit 3/1m
  otpworker provider template list -o yaml
  otpworker provider record --app myapp01 --order-id login-1

  otpworker provider export > provider.yaml
  otpworker provider plan -f provider.yaml
  otpworker provider apply -f provider.yaml

Codes are never shown, of a number the last four digits. Nothing can be deleted:
the provider has no way to.

` + providerCodes,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(
		providerAppCommand(), providerTemplateCommand(), providerFlowCommand(),
		providerSendCommand(), providerResendCommand(), providerVerifyCommand(), providerRecordCommand(),
		providerReportCommand(), providerBalanceCommand(),
		providerPlanCommand(), providerApplyCommand(), providerExportCommand(),
	)
	return cmd
}

// withProvider connects to the provider only.
func withProvider(cmd *cobra.Command, use func(context.Context, *client.Client) error) error {
	cfg, warnings, err := providerSettings(os.Environ())
	if err := errors.Join(err, cfg.Validate()); err != nil {
		return misconfigured(cmd, warnings, err)
	}
	for _, w := range warnings {
		fmt.Fprintln(cmd.ErrOrStderr(), "otpworker: warning:", w)
	}
	c, err := client.New(cfg)
	if err != nil {
		return fail(exitUsage, err)
	}
	defer c.Close()
	return providerFailure(cmd.Context(), use(cmd.Context(), c))
}

// providerFailure gives an error the exit code of its type.
func providerFailure(ctx context.Context, err error) error {
	if err == nil {
		return nil
	}
	if _, done := errors.AsType[*failure](err); done {
		return err
	}
	switch {
	case isInvalid(err):
		return fail(exitUsage, err)
	case ctx.Err() != nil:
		return fail(exitInterrupted, fmt.Errorf("interrupted: %w", err))
	case account.Undetermined(err):
		return fail(exitTimeout, explained(err))
	case isUnreachable(err):
		return fail(exitUnreachable, err)
	}
	return fail(exitFailed, explained(err))
}

func isInvalid(err error) bool {
	_, request := errors.AsType[*client.InvalidRequestError](err)
	_, file := errors.AsType[*account.InvalidError](err)
	return request || file
}

func isUnreachable(err error) bool {
	_, unsent := errors.AsType[*client.NotSentError](err)
	_, busy := errors.AsType[*client.ThrottledError](err)
	return unsent || busy
}
