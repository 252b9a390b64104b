package main

import (
	"errors"
	"fmt"
	"runtime"
	"runtime/debug"

	"github.com/spf13/cobra"
)

// stamped is set by the linker for releases (-X main.stamped=v1.2.3).
var stamped string

// version is the release, or the revision this was built from, or "devel".
func version() string {
	if stamped != "" {
		return stamped
	}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "devel"
	}
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" {
			return "devel-" + s.Value[:min(12, len(s.Value))]
		}
	}
	return "devel"
}

func versionCommand() *cobra.Command {
	var asBOM bool
	cmd := &cobra.Command{
		Use:   "version",
		Short: "Print the version, or what the binary is made of",
		Long: `Print the version. With --sbom print a bill of materials in CycloneDX's JSON: every
module that is linked in, with its version and checksum, as the binary itself holds
them.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if asBOM {
				return printBOM(cmd)
			}
			_, err := fmt.Fprintf(cmd.OutOrStdout(), "otpworker %s %s %s/%s\n", version(), runtime.Version(), runtime.GOOS, runtime.GOARCH)
			return err
		},
	}
	cmd.Flags().BoolVar(&asBOM, "sbom", false, "print a bill of materials, CycloneDX 1.5 in JSON")
	return cmd
}

func printBOM(cmd *cobra.Command) error {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return fail(exitFailed, errors.New("this binary was built without module information"))
	}
	doc, err := sbom(info, version())
	if err != nil {
		return fail(exitFailed, err)
	}
	_, err = fmt.Fprintf(cmd.OutOrStdout(), "%s\n", doc)
	return err
}
