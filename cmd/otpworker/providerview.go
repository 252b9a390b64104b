package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/otpworker/otpworker/client/account"
	"github.com/otpworker/otpworker/schema/redact"
)

const viewHelp = "table, json or yaml"

// A view prints what the provider said.
type view struct {
	w      io.Writer
	output string
	to     redact.Phone // the number in it, if there is one: masked wherever it stands
}

// viewFlag adds --output; the function it returns makes the view.
func viewFlag(cmd *cobra.Command) func() (*view, error) {
	output := cmd.Flags().StringP("output", "o", "table", viewHelp)
	return func() (*view, error) {
		switch *output {
		case "table", "json", "yaml":
			return &view{w: cmd.OutOrStdout(), output: *output}, nil
		}
		return nil, fail(exitUsage, fmt.Errorf("--output: %s is not %s", typed(*output), viewHelp))
	}
}

// show prints v, or the lines of the table.
func (v *view) show(value any, table ...string) error {
	if v.output == "table" {
		return v.lines(table)
	}
	text, err := encode(value, v.output)
	if err != nil {
		return fail(exitFailed, err)
	}
	return v.lines(strings.Split(strings.TrimSuffix(text, "\n"), "\n"))
}

func (v *view) lines(lines []string) error {
	for _, line := range lines {
		if err := writeLine(v.w, v.to, line); err != nil {
			return fail(exitFailed, err)
		}
	}
	return nil
}

func encode(value any, output string) (string, error) {
	if output == "yaml" {
		data, err := account.MarshalYAML(value)
		return string(data), err
	}
	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	enc.SetIndent("", "  ")
	enc.SetEscapeHTML(false) // a text is to be read
	err := enc.Encode(value)
	return out.String(), err
}

// columns aligns rows. A cell is one line, whatever somebody wrote into it.
func columns(rows ...[]string) []string {
	var out bytes.Buffer
	w := tabwriter.NewWriter(&out, 0, 0, 2, ' ', 0)
	for _, row := range rows {
		cells := make([]string, len(row))
		for i, cell := range row {
			cells[i] = readable(cell)
		}
		fmt.Fprintln(w, strings.Join(cells, "\t"))
	}
	_ = w.Flush() // into memory
	return strings.Split(strings.TrimSuffix(out.String(), "\n"), "\n")
}

// page is columns for the fields of one thing.
func page(id, value string, fields []account.Field) []string {
	rows := [][]string{{id, value}}
	for _, f := range fields {
		rows = append(rows, []string{f.Name, f.Value})
	}
	return columns(rows...)
}

// readable keeps what is empty or has blanks or worse in one piece.
func readable(s string) string {
	switch {
	case s == "":
		return "-"
	case strings.ContainsFunc(s, func(r rune) bool { return r < ' ' || r == '"' || r == 0x7f }), strings.TrimSpace(s) != s:
		return strconv.Quote(s)
	}
	return s
}
