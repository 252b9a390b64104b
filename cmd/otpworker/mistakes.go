package main

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// hideMistakes keeps what was typed out of the errors about arguments and flags
// of all commands: in a wrong place a number or a code is typed easily, and
// standard error may be a log.
func hideMistakes(root *cobra.Command) {
	root.InitDefaultHelpCmd()
	root.InitDefaultCompletionCmd()
	root.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return flagMistake(err) })
	hideArgs(root)
}

func hideArgs(cmd *cobra.Command) {
	if check := cmd.Args; check != nil {
		cmd.Args = func(cmd *cobra.Command, args []string) error { return argsMistake(cmd, args, check(cmd, args)) }
	}
	for _, sub := range cmd.Commands() {
		hideArgs(sub)
	}
}

func argsMistake(cmd *cobra.Command, args []string, err error) error {
	if err == nil {
		return nil
	}
	text := err.Error()
	for _, arg := range args {
		if !isWord(arg) && strings.Contains(text, strconv.Quote(arg)) {
			text = fmt.Sprintf("unexpected argument to %q (not shown: it may be a number or a code)", cmd.CommandPath())
		}
	}
	if cmd.HasAvailableSubCommands() {
		return errors.New(text + didYouMean(cmd, args))
	}
	return fmt.Errorf("%s; usage: %s", text, cmd.UseLine())
}

func didYouMean(cmd *cobra.Command, args []string) string {
	if len(args) == 0 {
		return ""
	}
	cmd.SuggestionsMinimumDistance = 2
	if names := cmd.SuggestionsFor(args[0]); len(names) > 0 {
		return "\n\nDid you mean this?\n\t" + strings.Join(names, "\n\t") + "\n"
	}
	return ""
}

func flagMistake(err error) error {
	if absent, ok := errors.AsType[*pflag.NotExistError](err); ok && !isWord(absent.GetSpecifiedName()) {
		return errors.New("unknown flag (not shown: it may be a number or a code)")
	}
	if _, ok := errors.AsType[*pflag.InvalidSyntaxError](err); ok {
		return errors.New("bad flag syntax: expects --name=value")
	}
	if needy, ok := errors.AsType[*pflag.ValueRequiredError](err); ok {
		return fmt.Errorf("flag needs an argument: --%s", needy.GetFlag().Name)
	}
	if invalid, ok := errors.AsType[*pflag.InvalidValueError](err); ok {
		flag := invalid.GetFlag()
		return fmt.Errorf("--%s: expects %s", flag.Name, expected(flag.Value.Type()))
	}
	return err
}

// expected says what a flag of a type takes.
func expected(kind string) string {
	switch kind {
	case "int", "int64":
		return "a whole number, not too large"
	case "float64":
		return "a number such as 87.5"
	case "duration":
		return "a time with its unit, such as 30s or 5m"
	case "bool":
		return "true or false"
	case "stringToString":
		return "key=value"
	}
	return "a " + kind
}

// isWord reports whether s is the like of a command's or a flag's name.
func isWord(s string) bool { return s != "" && strings.Trim(s, "abcdefghijklmnopqrstuvwxyz-") == "" }

// typed is a flag's value for an error: quoted, but for one that may be a number
// or a code.
func typed(s string) string {
	if mayBeSecret(s) {
		return "what was given"
	}
	return strconv.Quote(s)
}

func mayBeSecret(s string) bool { return len(s) >= 4 && strings.Trim(s, "+0123456789") == "" }
