package telemetry

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"sigs.k8s.io/yaml"
)

// deployed is where what operators install lies.
const deployed = "../../deploy"

type ruleFile struct {
	Groups []struct {
		Rules []struct {
			Record, Alert, Expr string
			Annotations         map[string]string
		}
	}
}

func readRules(t *testing.T) (rules ruleFile) {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(deployed, "prometheus", "rules", "otpworker.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	if err := yaml.Unmarshal(data, &rules); err != nil {
		t.Fatal(err)
	}
	return rules
}

// Each alert asks for metrics that there are, and has its entry in the runbook.
func TestAlerts(t *testing.T) {
	runbook, err := os.ReadFile(filepath.Join(deployed, "runbook.md"))
	if err != nil {
		t.Fatal(err)
	}
	known, alerts := exported(t), 0
	rules := readRules(t)
	for _, group := range rules.Groups {
		for _, rule := range group.Rules {
			if rule.Record != "" {
				known[rule.Record] = true
			}
		}
	}
	for _, group := range rules.Groups {
		for _, rule := range group.Rules {
			for _, fault := range strangers(rule.Expr, known) {
				t.Errorf("%s%s: %s", rule.Alert, rule.Record, fault)
			}
			if rule.Alert == "" {
				continue
			}
			alerts++
			if !strings.Contains(string(runbook), "\n## "+rule.Alert+"\n") {
				t.Errorf("deploy/runbook.md has no entry for %s", rule.Alert)
			}
			if want := "#" + strings.ToLower(rule.Alert); !strings.HasSuffix(rule.Annotations["runbook_url"], want) {
				t.Errorf("%s: runbook_url does not end with %s", rule.Alert, want)
			}
		}
	}
	if alerts < 10 {
		t.Errorf("only %d alerts were found", alerts)
	}
	promtool(t, "check", "rules", filepath.Join(deployed, "prometheus", "rules", "otpworker.yaml"))
	promtool(t, "test", "rules", filepath.Join(deployed, "prometheus", "tests", "otpworker.yaml"))
}

// Each query of the dashboard asks for metrics and labels that there are, and is
// PromQL.
func TestDashboard(t *testing.T) {
	data, err := os.ReadFile(filepath.Join(deployed, "grafana", "provisioning", "dashboards", "otpworker.json"))
	if err != nil {
		t.Fatal(err)
	}
	var board struct {
		Panels []struct {
			ID      int
			Title   string
			Targets []struct{ Expr, LegendFormat string }
		}
	}
	if err := json.Unmarshal(data, &board); err != nil {
		t.Fatal(err)
	}
	known, ids := exported(t), map[int]bool{}
	asked := strings.Builder{}
	asked.WriteString("groups:\n- name: dashboard\n  rules:\n")
	queries := 0
	for _, panel := range board.Panels {
		if ids[panel.ID] {
			t.Errorf("%s: two panels have the id %d", panel.Title, panel.ID)
		}
		ids[panel.ID] = true
		for _, target := range panel.Targets {
			queries++
			for _, fault := range strangers(target.Expr, known) {
				t.Errorf("%s: %s", panel.Title, fault)
			}
			for _, m := range legendLabel.FindAllStringSubmatch(target.LegendFormat, -1) {
				if m[1] != "instance" && !strings.Contains(target.Expr, m[1]) {
					t.Errorf("%s: the legend shows %s, which the query leaves out", panel.Title, m[1])
				}
			}
			fmt.Fprintf(&asked, "  - {record: q%d, expr: %q}\n", queries, strings.ReplaceAll(target.Expr, "$__rate_interval", "1m"))
		}
	}
	if queries < 20 {
		t.Errorf("only %d queries were found", queries)
	}
	file := filepath.Join(t.TempDir(), "queries.yaml")
	if err := os.WriteFile(file, []byte(asked.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	promtool(t, "check", "rules", file)
}

// promtool runs Prometheus's own check where it is installed, as in .ci/run.
func promtool(t *testing.T, args ...string) {
	t.Helper()
	tool, err := exec.LookPath("promtool")
	if err != nil {
		t.Log("promtool is not installed, and PromQL was not parsed (Debian: apt-get install prometheus)")
		return
	}
	if out, err := exec.CommandContext(t.Context(), tool, args...).CombinedOutput(); err != nil {
		t.Errorf("promtool %s: %v\n%s", strings.Join(args, " "), err, out)
	}
}

var (
	legendLabel = regexp.MustCompile(`\{\{(\w+)\}\}`)
	selector    = regexp.MustCompile(`\b((?:otpworker|messaging|http|process|go)_\w+|otpworker:[\w:]+|up)\b(\{[^}]*\})?`)
	matcher     = regexp.MustCompile(`(\w+)\s*(?:=~|!~|!=|=)`)
	quoted      = regexp.MustCompile(`"[^"]*"`)
	grouping    = regexp.MustCompile(`\bby \(([^)]*)\)`)
)

// exported are the names at /metrics.
func exported(t *testing.T) map[string]bool {
	names := map[string]bool{"up": true, "process_cpu_seconds_total": true, "process_resident_memory_bytes": true}
	for _, m := range Metrics() {
		name, err := m.Prometheus()
		if err != nil {
			t.Fatal(err)
		}
		if m.Kind == kindHistogram {
			name += "_bucket"
		}
		names[name] = true
	}
	return names
}

// labelled are the labels at /metrics.
func labelled() map[string]bool {
	labels := map[string]bool{"instance": true, "job": true, "le": true}
	for _, m := range Metrics() {
		own, err := m.PrometheusLabels()
		if err != nil {
			panic(err) // the names are constants
		}
		for _, l := range own {
			labels[l] = true
		}
	}
	return labels
}

// strangers are the metrics and labels of a query that no worker exports.
func strangers(expr string, known map[string]bool) (faults []string) {
	labels := labelled()
	found := selector.FindAllStringSubmatch(grouping.ReplaceAllString(expr, ""), -1)
	if len(found) == 0 {
		return []string{"asks for no metric: " + expr}
	}
	for _, m := range found {
		if !known[m[1]] {
			faults = append(faults, "no worker exports "+m[1])
		}
		for _, l := range matcher.FindAllStringSubmatch(quoted.ReplaceAllString(m[2], ""), -1) {
			if !labels[l[1]] {
				faults = append(faults, "no metric has the label "+l[1])
			}
		}
	}
	for _, g := range grouping.FindAllStringSubmatch(expr, -1) {
		for l := range strings.SplitSeq(g[1], ",") {
			if l = strings.TrimSpace(l); !labels[l] {
				faults = append(faults, "no metric has the label "+l)
			}
		}
	}
	return faults
}

// The control of what is checked without promtool.
func TestStrangers(t *testing.T) {
	known := exported(t)
	for expr, want := range map[string]int{
		`sum by (lane) (rate(otpworker_jobs_total{lane="batch"}[5m]))`:   0,
		`sum by (lane) (rate(otpworker_job_total{lane="batch"}[5m]))`:    1,
		`sum by (lain) (rate(otpworker_jobs_total{lanes=~"batch"}[5m]))`: 2,
		`rate(otpworker_job_age_seconds[5m])`:                            1,
		`otpworker:slo_errors:ratio_rate5m > 1`:                          1,
		`1 + 1`:                                                          1,
	} {
		if faults := strangers(expr, known); len(faults) != want {
			t.Errorf("%s: %v", expr, faults)
		}
	}
}
