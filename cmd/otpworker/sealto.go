package main

import (
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/otpworker/otpworker/schema"
	"github.com/otpworker/otpworker/schema/seal"
)

// A sealer seals jobs for the key of --seal-to, and leaves them alone without it.
type sealer struct{ to, public string }

func (s *sealer) flag(cmd *cobra.Command) {
	cmd.Flags().StringVar(&s.to, "seal-to", "", "seal code and number for the workers: their public key, or a file with it; see otpworker keys")
	_ = cmd.MarkFlagFilename("seal-to")
}

// open finds out the key.
func (s *sealer) open() error {
	if s.to == "" {
		return nil
	}
	public := s.to
	if seal.CheckPublicKey(public) != nil {
		data, err := os.ReadFile(s.to)
		if err != nil {
			return fail(exitUsage, errors.New("--seal-to: neither a public key nor a file that can be read (not shown: it may be a seed)"))
		}
		public = strings.TrimSpace(string(data))
	}
	if err := seal.CheckPublicKey(public); err != nil {
		return fail(exitUsage, fmt.Errorf("--seal-to: %w", err))
	}
	s.public = public
	return nil
}

// seal is for a job with its final id. One that is sealed already stays as it is.
func (s *sealer) seal(job schema.Job) (schema.Job, error) {
	if s.public == "" || job.Sealed != "" {
		return job, nil
	}
	return seal.Seal(s.public, job)
}
