package main

import (
	"context"
	"errors"
	"fmt"
	"strconv"

	"github.com/spf13/cobra"

	"github.com/otpworker/otpworker/client"
)

func providerRecordCommand() *cobra.Command {
	var appID, orderID string
	cmd := &cobra.Command{
		Use:   "record {VERIFICATION_ID | --app ID --order-id ID}",
		Short: "Show what became of a send",
		Long: `Show what the provider knows of a send: whether it is on its way, delivered or
failed, whether the code was entered, and what it cost. That nothing is found
proves little soon after the send.

` + providerCodes,
		Args: cobra.MaximumNArgs(1),
	}
	f := cmd.Flags()
	f.StringVar(&appID, "app", "", "app id, with --order-id")
	f.StringVar(&orderID, "order-id", "", "order id of the send, by default its job's id")
	output := viewFlag(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		v, err := output()
		if err != nil {
			return err
		}
		byOrder := appID != "" && orderID != ""
		if byOrder == (len(args) == 1) || (appID != "") != (orderID != "") {
			return fail(exitUsage, errors.New("give a verification id, or --app and --order-id"))
		}
		return withProvider(cmd, func(ctx context.Context, c *client.Client) error {
			if byOrder {
				r, err := c.RecordByOrderID(ctx, client.RecordByOrderIDRequest{AppID: appID, OrderID: orderID})
				return showRecord(v, r, err)
			}
			r, err := c.RecordByVerificationID(ctx, args[0])
			return showRecord(v, r, err)
		})
	}
	return cmd
}

// showRecord masks the number wherever it stands: an order id may be made of it.
func showRecord(v *view, r client.Record, err error) error {
	if err != nil {
		return err
	}
	v.to = r.Receiver
	err = v.show(struct {
		client.Record
		Verdict string `json:"verdict"`
	}{r, r.Matched.String()}, recordLines(r)...)
	if err == nil && !r.Found {
		err = fail(exitNo, errors.New("the provider knows of no such send"))
	}
	return err
}

func recordLines(r client.Record) []string {
	if !r.Found {
		return nil
	}
	lines := columns(
		[]string{"state", string(r.State)},
		[]string{"orderId", r.OrderID},
		[]string{"verificationId", r.VerificationID},
		[]string{"flowId", r.FlowID},
		[]string{"to", maskedOrNone(r.Receiver)},
		[]string{"channel", r.Channel},
		[]string{"verdict", r.Matched.String()},
		[]string{"verified", r.VerifiedDate},
	)
	if len(r.Messages) == 0 {
		return lines
	}
	rows := [][]string{{"MESSAGE", "CHANNEL", "STATE", "SUBMITTED", "ENDED", "PARTS", "COST"}}
	for i, m := range r.Messages {
		rows = append(rows, append([]string{strconv.Itoa(i + 1), m.Channel, string(m.State)}, messageCells(m)...))
	}
	return append(append(lines, ""), columns(rows...)...)
}

// messageCells are when it began, when it ended, in how many parts or units of
// time, and what it cost, as the provider writes them.
func messageCells(m client.Message) []string {
	switch {
	case m.SMS != nil:
		return []string{m.SMS.SubmitTime, m.SMS.DoneTime, strconv.Itoa(m.SMS.ChargeCount), m.SMS.Pay}
	case m.Call != nil:
		return []string{m.Call.SubmitTime, m.Call.HangupTime, fmt.Sprint(m.Call.ChargedDuration), m.Call.Cost}
	}
	return []string{"", "", "", ""}
}
