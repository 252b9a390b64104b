package main

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/otpworker/otpworker/worker"
	"github.com/otpworker/otpworker/worker/telemetry"
)

// The tables of the README and of REFERENCE.md are written from the code. When
// this fails:
//
//	go test ./cmd/otpworker -run TestReadme -update
func TestReadme(t *testing.T) {
	for file, tables := range map[string]map[string]string{
		"README.md":    {"config": configTable(first)},
		"REFERENCE.md": {"config": configTable(nil), "statuses": statusTable(), "metrics": metricsTable(t)},
	} {
		t.Run(file, func(t *testing.T) { holdTables(t, filepath.Join("..", "..", file), tables) })
	}
}

// first are the variables that most installations set.
var first = []string{
	"NATS_URL", "OTPWORKER_API_KEY", "OTPWORKER_API_SECRET", "OTPWORKER_RATE", "OTPWORKER_INTERACTIVE_SLOTS",
	"OTPWORKER_BATCH_SLOTS", "OTPWORKER_CALL_TIMEOUT", "OTPWORKER_RECORD_GRACE", "OTPWORKER_REPLICAS", "OTPWORKER_PROVISION",
	"OTPWORKER_LEDGER",
}

func holdTables(t *testing.T, path string, tables map[string]string) {
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	found := string(data)
	want := found
	for name, table := range tables {
		if want, err = between(want, name, table); err != nil {
			t.Fatal(err)
		}
	}
	if found == want {
		return
	}
	if !*update {
		t.Fatalf("%s is stale, see the comment of TestReadme (-want +found):\n%s", path, cmp.Diff(want, found))
	}
	if err := os.WriteFile(path, []byte(want), 0o644); err != nil {
		t.Fatal(err)
	}
}

// README is for the first minutes: it stays short.
func TestReadmeIsShort(t *testing.T) {
	data, err := os.ReadFile(filepath.Join("..", "..", "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(string(data), "\n"); n >= 200 {
		t.Errorf("README.md has %d lines, it should have less than 200: REFERENCE.md has room", n)
	}
}

// between replaces what stands between a begin and an end marker.
func between(text, name, content string) (string, error) {
	begin, end := "<!-- "+name+":begin -->\n", "<!-- "+name+":end -->"
	before, rest, ok := strings.Cut(text, begin)
	_, after, closed := strings.Cut(rest, end)
	if !ok || !closed {
		return "", fmt.Errorf("no %s and %s", strings.TrimSpace(begin), end)
	}
	return before + begin + content + end + after, nil
}

func TestBetween(t *testing.T) {
	const text = "a\n<!-- x:begin -->\nold\n<!-- x:end -->\nb\n"
	got, err := between(text, "x", "new\n")
	if want := "a\n<!-- x:begin -->\nnew\n<!-- x:end -->\nb\n"; err != nil || got != want {
		t.Errorf("%q, %v", got, err)
	}
	if again, err := between(got, "x", "new\n"); err != nil || again != got {
		t.Errorf("twice: %q, %v", again, err)
	}
	for _, bad := range []string{"", "<!-- x:begin -->\n", "<!-- x:end -->\n<!-- x:begin -->\n"} {
		if _, err := between(bad, "x", ""); err == nil {
			t.Errorf("%q has no place for a table", bad)
		}
	}
}

// configTable has one row for the connection's variables, which are those of
// the nats command. It has all variables, or only some.
func configTable(only []string) string {
	rows := [][]string{{"variable", "default", "meaning"}}
	connection := 0
	for _, v := range variables() {
		if only != nil && !slices.Contains(only, v.name) {
			continue
		}
		name, meaning := code(v.name), v.desc
		if strings.HasPrefix(v.name, "NATS_") && v.name != "NATS_URL" {
			if connection == 0 {
				connection = len(rows)
				rows = append(rows, []string{name, "", meaning})
				continue
			}
			rows[connection][0] += ", " + name
			rows[connection][2] += "; " + meaning
			continue
		}
		for _, secret := range secretNames {
			if v.name == secret {
				meaning += "; or " + code(v.name+"_FILE") + ", the path of a file with it"
			}
		}
		rows = append(rows, []string{name, code(v.defaultValue), meaning})
	}
	return markdown(rows)
}

// statusTable puts statuses that mean the same into one row.
func statusTable() string {
	rows := [][]string{{"status", "reason", "class", "scope", "what happens"}}
	at := map[string]int{}
	for _, r := range worker.Rules() {
		same := string(r.Class) + string(r.Scope) + r.Then
		if i, ok := at[same]; ok {
			rows[i][0] += ", " + r.Status
			rows[i][1] += ", " + code(r.Reason)
			continue
		}
		at[same] = len(rows)
		rows = append(rows, []string{r.Status, code(r.Reason), orDash(string(r.Class)), orDash(string(r.Scope)), r.Then})
	}
	return markdown(rows)
}

// metricsTable has the names that Prometheus sees.
func metricsTable(t *testing.T) string {
	rows := [][]string{{"metric at `/metrics`", "kind", "labels", "meaning"}}
	for _, m := range telemetry.Metrics() {
		name, err := m.Prometheus()
		if err != nil {
			t.Fatal(err)
		}
		labels, err := m.PrometheusLabels()
		if err != nil {
			t.Fatal(err)
		}
		for i := range labels {
			labels[i] = code(labels[i])
		}
		rows = append(rows, []string{code(name), m.Kind, strings.Join(labels, ", "), m.Help})
	}
	return markdown(rows)
}

func code(s string) string {
	if s == "" {
		return ""
	}
	return "`" + s + "`"
}

func orDash(s string) string {
	if s == "" {
		return "–"
	}
	return s
}

// markdown writes rows as a table; the first one is its head.
func markdown(rows [][]string) string {
	var b strings.Builder
	for i, row := range rows {
		for _, cell := range row {
			b.WriteString("| " + strings.ReplaceAll(cell, "|", `\|`) + " ")
		}
		b.WriteString("|\n")
		if i == 0 {
			b.WriteString(strings.Repeat("|---", len(row)) + "|\n")
		}
	}
	return b.String()
}
