package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/otpworker/otpworker/client"
	"github.com/otpworker/otpworker/schema/redact"
)

// codeFlags are where a code comes from: standard input unless they say.
type codeFlags struct{ code, file string }

func providerVerifyCommand() *cobra.Command {
	var o codeFlags
	cmd := &cobra.Command{
		Use:   "verify VERIFICATION_ID",
		Short: "Ask whether a code is right",
		Long: `Ask the provider whether a code is right. The code is a line of standard input,
or of --code-file. A right code can be used once.

The verdict is matched, not verified, sending, wrong code, no such verification
id, already used, code expired, or missing if the provider did not say. The exit
code is 0 for matched only.

` + providerCodes,
		Args: cobra.ExactArgs(1),
	}
	f := cmd.Flags()
	f.StringVar(&o.file, "code-file", "", "file with the code; - is standard input (default)")
	f.StringVar(&o.code, "code", "", "the code itself; everybody on this machine can see it in the process list")
	cmd.MarkFlagsMutuallyExclusive("code", "code-file")
	output := viewFlag(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		v, err := output()
		if err != nil {
			return err
		}
		code, err := o.read(cmd)
		if err != nil {
			return err
		}
		return withProvider(cmd, func(ctx context.Context, c *client.Client) error {
			return verifyCode(ctx, c, v, client.VerifyRequest{VerificationID: args[0], Code: code})
		})
	}
	return cmd
}

func verifyCode(ctx context.Context, c *client.Client, v *view, r client.VerifyRequest) error {
	got, err := c.Verify(ctx, r)
	if err != nil {
		return err
	}
	v.to = got.To
	err = v.show(struct {
		client.Verification
		Verdict string `json:"verdict"`
	}{got, got.Verdict.String()}, columns(
		[]string{"verificationId", got.VerificationID},
		[]string{"to", maskedOrNone(got.To)},
		[]string{"channel", got.Channel},
		[]string{"verdict", got.Verdict.String()},
	)...)
	if err == nil && !got.Matched() {
		err = fail(exitNo, notMatched(got.Verdict))
	}
	return err
}

// notMatched does not call a code wrong that was not judged.
func notMatched(v client.Verdict) error {
	if v == client.VerdictWrongCode {
		return fmt.Errorf("the code is not right: %s", v)
	}
	return fmt.Errorf("not accepted: %s", v)
}

func maskedOrNone(p redact.Phone) string {
	if p.IsZero() {
		return ""
	}
	return p.Mask()
}

func (o codeFlags) read(cmd *cobra.Command) (redact.Code, error) {
	if cmd.Flags().Changed("code") {
		return redact.NewCode(o.code), nil
	}
	in := cmd.InOrStdin()
	if o.file != "" && o.file != "-" {
		file, err := os.Open(o.file)
		if err != nil {
			return redact.Code{}, fail(exitUsage, fmt.Errorf("--code-file: expects a file that can be read: %w", withoutName(err)))
		}
		defer func() { _ = file.Close() }()
		in = file
	} else if isTerminal(in) {
		fmt.Fprint(cmd.ErrOrStderr(), "Code: ")
	}
	line, err := readLine(cmd.Context(), in)
	switch {
	case cmd.Context().Err() != nil:
		return redact.Code{}, fail(exitInterrupted, errors.New("interrupted"))
	case err != nil:
		return redact.Code{}, fail(exitUsage, fmt.Errorf("read code: %w", err))
	}
	return redact.NewCode(line), nil
}

// withoutName leaves out the name of a file: a code may stand in its place.
func withoutName(err error) error {
	if path, ok := errors.AsType[*os.PathError](err); ok {
		return path.Err
	}
	return err
}

// maxCodeLine is far more than a code, and all that is read to find one.
const maxCodeLine = 1024

// readLine reads the first line, without the white space around it.
func readLine(ctx context.Context, in io.Reader) (string, error) {
	type read struct {
		line string
		err  error
	}
	done := make(chan read, 1)
	go func() {
		line, err := bufio.NewReader(io.LimitReader(in, maxCodeLine)).ReadString('\n')
		if errors.Is(err, io.EOF) {
			err = nil // the last line need not end
		}
		done <- read{strings.TrimSpace(line), err}
	}()
	select {
	case r := <-done:
		return r.line, r.err
	case <-ctx.Done():
		return "", context.Cause(ctx)
	}
}
