package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/otpworker/otpworker/client"
	"github.com/otpworker/otpworker/schema/redact"
)

func providerReportCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "report",
		Short: "Tell the provider what became of its codes",
		Args:  cobra.NoArgs,
		RunE:  func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(providerUsedCommand(), providerConversionCommand())
	return cmd
}

func providerUsedCommand() *cobra.Command {
	var r client.CodeUsed
	var number, at string
	cmd := &cobra.Command{
		Use:   "used VERIFICATION_ID --app ID",
		Short: "Tell that a code was entered",
		Long: `Tell the provider that a code of yours was entered: it cannot know of one that
provider verify never saw.

` + providerCodes,
		Args: cobra.ExactArgs(1),
	}
	cmd.Flags().StringVar(&r.AppID, "app", "", "app id")
	cmd.Flags().StringVar(&number, "number", "", "country code and number, 10 to 14 digits; can be left out")
	cmd.Flags().StringVar(&at, "at", "", "when it was entered, RFC 3339 (default now)")
	cmd.RunE = func(cmd *cobra.Command, args []string) (err error) {
		r.VerificationID, r.Number = args[0], redact.NewPhone(number)
		if r.Time, err = instant("--at", at); err != nil {
			return err
		}
		return reported(cmd, func(ctx context.Context, c *client.Client) error { return c.ReportCodeUsed(ctx, r) })
	}
	return cmd
}

func providerConversionCommand() *cobra.Command {
	var r client.Conversion
	var at string
	cmd := &cobra.Command{
		Use:   "conversion --app ID --mcc CODE --rate PERCENT",
		Short: "Tell how many codes were entered",
		Long: `Tell the provider which share of the codes sent to a country was entered.

` + providerCodes,
		Args: cobra.NoArgs,
	}
	f := cmd.Flags()
	f.StringVar(&r.AppID, "app", "", "app id")
	f.StringVar(&r.MCC, "mcc", "", "mobile country code, 3 digits, such as 460")
	f.Float64Var(&r.Rate, "rate", 0, "percentage, 0 to 100 with at most two decimals")
	f.Int64Var(&r.Sent, "sent", 0, "codes sent")
	f.Int64Var(&r.Verified, "verified", 0, "codes entered")
	f.StringVar(&at, "at", "", "when that was counted, RFC 3339 (default now)")
	cmd.RunE = func(cmd *cobra.Command, _ []string) (err error) {
		if !cmd.Flags().Changed("rate") {
			return fail(exitUsage, errors.New("--rate: is required, a percentage such as 87.5"))
		}
		if r.Time, err = instant("--at", at); err != nil {
			return err
		}
		return reported(cmd, func(ctx context.Context, c *client.Client) error { return c.ReportConversion(ctx, r) })
	}
	return cmd
}

func instant(flag, text string) (time.Time, error) {
	if text == "" {
		return time.Now(), nil
	}
	at, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return time.Time{}, fail(exitUsage, fmt.Errorf("%s: expects an RFC 3339 time such as 2026-01-02T15:04:05Z", flag))
	}
	return at, nil
}

// reported has no answer but that it was taken.
func reported(cmd *cobra.Command, report func(context.Context, *client.Client) error) error {
	return withProvider(cmd, func(ctx context.Context, c *client.Client) error {
		if err := report(ctx, c); err != nil {
			return err
		}
		_, err := fmt.Fprintln(cmd.OutOrStdout(), "reported")
		return err
	})
}
