package main

import (
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/otpworker/otpworker/client"
	"github.com/otpworker/otpworker/client/account"
)

func providerAppCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "app",
		Short: "Apps: how long codes are good for, how many may be sent",
		Args:  cobra.NoArgs,
		RunE:  func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(
		providerGetCommand("Show an app", (*client.Client).AppDetails, func(a client.App) []string {
			return page("appId", a.AppID, append(account.AppFields(a), account.Field{Name: "createTime", Value: a.CreateTime}))
		}),
		appListCommand(),
		providerCreateCommand(account.KindApp, &appFlags{}, "name"),
		providerUpdateCommand(account.KindApp, &appFlags{}),
	)
	return cmd
}

// appListCommand is there to say why there is none.
func appListCommand() *cobra.Command {
	return &cobra.Command{
		Use:     "list",
		Aliases: []string{"ls"},
		Short:   "Not possible: the provider cannot list apps",
		Args:    cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			return fail(exitUsage, errors.New(`the provider has no list of apps
Its console shows them all; otpworker provider template list names those that
have a template, and otpworker provider app get ID shows one`))
		},
	}
}

type appFlags struct {
	name         string
	codeExpiry   time.Duration
	total, phone string
}

func (o *appFlags) add(f *pflag.FlagSet) {
	const limit = "such as 3/1m, 1000/24h or 10/7d, or off"
	f.StringVar(&o.name, "name", "", "name, 4 to 32 characters")
	f.DurationVar(&o.codeExpiry, "code-expiry", 0, "how long a code is good for, 1m to 1h in whole minutes")
	f.StringVar(&o.total, "total-limit", "", "sends in a period, "+limit)
	f.StringVar(&o.phone, "phone-limit", "", "sends to one number in a period, "+limit)
}

func (o *appFlags) entry(f *pflag.FlagSet, id string) (account.File, error) {
	a := account.App{AppID: id, Name: given(f, "name", o.name)}
	var expiry, total, phone error
	a.CodeExpiry, expiry = wholeUnits(f, "code-expiry", o.codeExpiry, time.Minute)
	a.PeriodTotalSendLimit, total = givenLimit(f, "total-limit", o.total)
	a.PeriodPhoneSendLimit, phone = givenLimit(f, "phone-limit", o.phone)
	return account.File{Version: account.Version, Apps: []account.App{a}}, errors.Join(expiry, total, phone)
}

// given is nil for a flag that was not.
func given[T any](f *pflag.FlagSet, name string, v T) *T {
	if !f.Changed(name) {
		return nil
	}
	return &v
}

// wholeUnits turns a duration into the provider's number of units.
func wholeUnits(f *pflag.FlagSet, name string, d, unit time.Duration) (*int, error) {
	if d%unit != 0 {
		return nil, fmt.Errorf("--%s: %s is not in whole units of %s", name, short(d), short(unit))
	}
	return given(f, name, int(d/unit)), nil
}

func givenLimit(f *pflag.FlagSet, name, text string) (*account.Limit, error) {
	if !f.Changed(name) {
		return nil, nil
	}
	l, err := account.ParseLimit(text)
	switch {
	case mayBeSecret(text):
		return nil, fmt.Errorf("--%s: %s is not a limit such as 3/1m, 1000/24h or 10/7d, and not off", name, typed(text))
	case err != nil:
		return nil, fmt.Errorf("--%s: %w", name, err)
	}
	if !l.Enabled {
		return &account.Limit{Enabled: &l.Enabled}, nil // the rest stays for when it is switched on again
	}
	return &account.Limit{Enabled: &l.Enabled, Unit: &l.Unit, Period: &l.Period, Limit: &l.Limit}, nil
}
