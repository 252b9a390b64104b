package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/otpworker/otpworker/client"
	"github.com/otpworker/otpworker/client/account"
)

// settingFlags are the flags for the settings of one thing.
type settingFlags interface {
	add(f *pflag.FlagSet)
	// entry is a file with one entry, of the flags that were given. An empty id
	// makes a new thing.
	entry(f *pflag.FlagSet, id string) (account.File, error)
}

// providerCreateCommand makes a new thing.
func providerCreateCommand(kind string, o settingFlags, required ...string) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "create",
		Short: fmt.Sprintf("Make a new %s", kind),
		Long: fmt.Sprintf(`Make a new %s. What is left out gets the provider's default. Names are unique in
the account.

`, kind) + providerCodes,
		Args: cobra.NoArgs,
	}
	o.add(cmd.Flags())
	for _, name := range required {
		_ = cmd.MarkFlagRequired(name) // it was added above
	}
	output := viewFlag(cmd)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		file, err := o.entry(cmd.Flags(), "")
		if err != nil {
			return fail(exitUsage, err)
		}
		return changeOne(cmd, output, file, func(p account.Plan) error {
			if len(p.Changes) == 0 || p.Changes[0].Action != account.Create {
				return fail(exitFailed, fmt.Errorf("a %s of this name is there already: see otpworker provider %[1]s list and update", kind))
			}
			return nil
		})
	}
	return cmd
}

// providerUpdateCommand changes the flags that are given and nothing else.
func providerUpdateCommand(kind string, o settingFlags) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "update ID",
		Short: fmt.Sprintf("Change settings of a %s", kind),
		Long: fmt.Sprintf(`Change those settings of a %s that are given. The provider's updates replace the
whole object, so this reads it, changes it and writes it back; it writes nothing
if all is so already. An answer that is lost is read back.

`, kind) + providerCodes,
		Args: cobra.ExactArgs(1),
	}
	o.add(cmd.Flags())
	settings := flagNames(cmd.Flags())
	output := viewFlag(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if !slices.ContainsFunc(settings, cmd.Flags().Changed) {
			return fail(exitUsage, fmt.Errorf("nothing to change: give one of --%s", strings.Join(settings, ", --")))
		}
		file, err := o.entry(cmd.Flags(), args[0])
		if err != nil {
			return fail(exitUsage, err)
		}
		return changeOne(cmd, output, file, func(p account.Plan) error {
			if len(p.Changes) == 0 {
				fmt.Fprintf(cmd.ErrOrStderr(), "nothing to change: %s %s is so already\n", kind, args[0])
			}
			return nil
		})
	}
	return cmd
}

func flagNames(f *pflag.FlagSet) (names []string) {
	f.VisitAll(func(flag *pflag.Flag) { names = append(names, flag.Name) })
	return names
}

// changeOne makes the one change of a file unless check objects, and says what
// changed.
func changeOne(cmd *cobra.Command, output func() (*view, error), file account.File, check func(account.Plan) error) error {
	v, err := output()
	if err != nil {
		return err
	}
	if err := file.Validate(); err != nil {
		return fail(exitUsage, withoutPath(err))
	}
	return withProvider(cmd, func(ctx context.Context, c *client.Client) error {
		plan, err := account.Compare(ctx, c, file)
		if err != nil {
			return withoutPath(err)
		}
		if err := check(plan); err != nil {
			return err
		}
		var lines []string
		outcomes := []outcomeView{}
		for o := range plan.Apply(ctx) {
			if o.State != account.Made {
				return outcomeFailure(o)
			}
			o.At = "" // there is no file
			outcomes = append(outcomes, viewOutcome(o))
			lines = append(changeLines(o.Change), outcomeLine(o))
		}
		return v.show(outcomesView{outcomes}, lines...)
	})
}

// withoutPath leaves the place in the file out of faults: there is no file.
func withoutPath(err error) error {
	invalid, ok := errors.AsType[*account.InvalidError](err)
	if !ok {
		return err
	}
	faults := make([]client.Fault, len(invalid.Faults))
	for i, f := range invalid.Faults {
		_, f.Field, _ = strings.Cut(f.Field, ".")
		faults[i] = f
	}
	return &account.InvalidError{Faults: faults}
}
