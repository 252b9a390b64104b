package main

import (
	"encoding/json"
	"fmt"
	"io"

	"github.com/otpworker/otpworker/worker/doctor"
)

func reportPrinter(output string) (func(io.Writer, doctor.Report) error, error) {
	switch output {
	case "table":
		return printReport, nil
	case "json":
		return encodeReport, nil
	}
	return nil, fail(exitUsage, fmt.Errorf("--output: %q is not table or json", output))
}

func encodeReport(w io.Writer, r doctor.Report) error {
	enc := json.NewEncoder(w)
	enc.SetIndent("", "  ")
	enc.SetEscapeHTML(false) // a subject's ">" is to be read
	return enc.Encode(struct {
		State  doctor.State  `json:"state"`
		Checks doctor.Report `json:"checks"`
	}{r.State(), r})
}

// printReport prints a line for each check, and below it the mend.
func printReport(w io.Writer, r doctor.Report) error {
	color := wantsColor(w)
	for i, c := range r {
		if _, err := fmt.Fprintf(w, "%s %-8s %-19s %s\n", paintState(c.State, color), c.Area, c.Name, c.Detail); err != nil {
			return err
		}
		mend := r.MendAt(i)
		if mend == "" {
			continue
		}
		if _, err := fmt.Fprintf(w, "%5s%-8s %-19s mend: %s\n", "", "", "", mend); err != nil {
			return err
		}
	}
	return nil
}

func paintState(s doctor.State, color bool) string {
	text := fmt.Sprintf("%-4s", s)
	if !color {
		return text
	}
	code := map[doctor.State]string{doctor.OK: "32", doctor.Warn: "33", doctor.Fail: "31"}[s]
	return "\x1b[" + code + "m" + text + "\x1b[0m"
}
