package main

import (
	"errors"
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"github.com/otpworker/otpworker/schema/redact"
	"github.com/otpworker/otpworker/schema/seal"
	"github.com/otpworker/otpworker/worker/secretfile"
)

func keysCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "keys",
		Short: "Make and show keys for sealed jobs",
		Long: `Jobs can be sealed: code and number are encrypted for the workers' public key,
and neither the queue nor its backups can be read. Workers hold the seed, apps the
public key.

  otpworker keys new seal.seed          makes a pair, prints the public key
  OTPWORKER_SEAL_SEED_FILE=seal.seed otpworker run
  otpworker send --seal-to X... --app myapp01 --to 8613800138000 --code 123456

To change the key, put the new seed and the former one into the workers' file, the
new one first; give apps the new public key; and take the former seed out an hour
after the last app has changed, when no job can be left that needs it. Workers read
the file again by themselves.

` + exitCodes,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(keysNewCommand(), keysShowCommand())
	return cmd
}

func keysNewCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "new <file>",
		Short: "Write a new seed to a file, print its public key",
		Long: `Write a new seed to a file that only you can read, and print its public key. A file
that is there already is left alone.

` + exitCodes,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			seed, public, err := seal.NewSeed()
			if err != nil {
				return fail(exitFailed, err)
			}
			if err := writeSeed(args[0], seed); err != nil {
				return fail(exitFailed, err)
			}
			_, err = fmt.Fprintln(cmd.OutOrStdout(), public)
			return err
		},
	}
}

func writeSeed(path string, seed redact.Secret) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = f.WriteString(seed.Reveal() + "\n")
	return errors.Join(err, f.Close())
}

func keysShowCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "show [file]",
		Short: "Print the public keys of a file of seeds",
		Long: `Print the public keys of a file of seeds, the current one first; without a file,
of OTPWORKER_SEAL_SEED or OTPWORKER_SEAL_SEED_FILE.

` + exitCodes,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			seeds, err := shownSeeds(args)
			if err != nil {
				return fail(exitUsage, err)
			}
			keys, err := seal.ParseKeys(seeds)
			if err != nil {
				return fail(exitUsage, err)
			}
			for _, public := range keys.PublicKeys() {
				if _, err := fmt.Fprintln(cmd.OutOrStdout(), public); err != nil {
					return err
				}
			}
			return nil
		},
	}
}

func shownSeeds(args []string) (redact.Secret, error) {
	if len(args) == 0 {
		s, _, err := loadSettings(os.Environ())
		return s.Worker.SealSeed, err
	}
	found, err := secretfile.ReadAll(args)
	if err != nil {
		return redact.Secret{}, err
	}
	return found[0], nil
}
