package main

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/otpworker/otpworker/client"
	"github.com/otpworker/otpworker/schema/redact"
)

// sentOnce stands in the help of what costs money and is not queued.
const sentOnce = `

It is one call, at once: no queue, no retry and no second look. If its answer is
lost (exit code 4) the message may be on its way; look at provider record before
sending again. otpworker send is the careful way.

`

func providerSendCommand() *cobra.Command {
	var r client.SendRequest
	var to string
	var code codeFlags
	cmd := &cobra.Command{
		Use:   "send --app ID --to NUMBER {--template ID | --code-file FILE}",
		Short: "Send one code, of the provider's or your own",
		Long: `Send one message. Without a code the provider makes one, as the template says;
provider verify asks whether somebody entered it.` + sentOnce + providerCodes,
		Args: cobra.NoArgs,
	}
	f := cmd.Flags()
	f.StringVar(&r.AppID, "app", "", "app id")
	f.StringVar(&to, "to", "", "country code and number, 10 to 14 digits")
	f.Int64Var(&r.TemplateID, "template", 0, "template id; needed where the provider makes the code")
	f.Int64Var(&r.FlowID, "flow", 0, "id of a flow of follow-up messages, each of them billed")
	f.StringVar(&r.Channel, "channel", "", "sms, call or sna (default sms)")
	f.StringVar(&r.OrderID, "order-id", "", "your own id of this send, unique; without it a lost answer cannot be cleared up")
	f.StringVar(&code.file, "code-file", "", "file with a code of your own; - is standard input")
	f.StringVar(&code.code, "code", "", "the code itself; everybody on this machine can see it in the process list")
	cmd.MarkFlagsMutuallyExclusive("code", "code-file")
	output := viewFlag(cmd)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		v, err := output()
		if err != nil {
			return err
		}
		r.To = redact.NewPhone(to)
		own := cmd.Flags().Changed("code") || cmd.Flags().Changed("code-file")
		if !own {
			return withProvider(cmd, func(ctx context.Context, c *client.Client) error {
				sent, err := c.Send(ctx, r)
				return showSent(v, sent, err)
			})
		}
		secret, err := code.read(cmd)
		if err != nil {
			return err
		}
		return withProvider(cmd, func(ctx context.Context, c *client.Client) error {
			sent, err := c.SendRule(ctx, client.SendRuleRequest{
				AppID: r.AppID, TemplateID: r.TemplateID, Code: secret, FlowID: r.FlowID, To: r.To, Channel: r.Channel, OrderID: r.OrderID,
			})
			return showSent(v, sent, err)
		})
	}
	return cmd
}

func providerResendCommand() *cobra.Command {
	var r client.ResendRequest
	cmd := &cobra.Command{
		Use:   "resend VERIFICATION_ID",
		Short: "Have the provider send a code once more",
		Long:  `Have the provider send a code once more, as a message with an id of its own.` + sentOnce + providerCodes,
		Args:  cobra.ExactArgs(1),
	}
	cmd.Flags().StringVar(&r.Channel, "channel", "", "sms, call or sna (default sms)")
	output := viewFlag(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		v, err := output()
		if err != nil {
			return err
		}
		r.VerificationID = args[0]
		return withProvider(cmd, func(ctx context.Context, c *client.Client) error {
			sent, err := c.Resend(ctx, r)
			return showSent(v, sent, err)
		})
	}
	return cmd
}

func showSent(v *view, sent client.SendRuleResponse, err error) error {
	if err != nil {
		return err
	}
	v.to = sent.To
	return v.show(struct {
		VerificationID string       `json:"verificationId"`
		To             redact.Phone `json:"to"`
		Channel        string       `json:"channel"`
		SNAURL         string       `json:"snaUrl,omitempty"`
	}{sent.VerificationID, sent.To, sent.Channel, sent.SNAURL}, columns(
		[]string{"verificationId", sent.VerificationID},
		[]string{"to", maskedOrNone(sent.To)},
		[]string{"channel", sent.Channel},
		[]string{"snaUrl", sent.SNAURL},
	)...)
}
