package telemetry

import (
	"os/exec"
	"regexp"
	"strings"
	"testing"
)

// Names and help are as Prometheus wants them. What we check here ourselves is a
// part of what promtool checks; where it is missing the rest is not checked, and
// this says so.
func TestMetricNames(t *testing.T) {
	var texts []string
	for _, story := range stories {
		inVirtualTime(t, story.change, func(t *testing.T, r *rig) {
			story.tell(t, r)
			texts = append(texts, r.scrape())
		})
	}
	for _, text := range texts {
		for _, fault := range nameFaults(text) {
			t.Error(fault)
		}
	}
	tool, err := exec.LookPath("promtool")
	if err != nil {
		t.Log("promtool is not installed: names were checked by this test only (Debian: apt-get install prometheus)")
		return
	}
	for _, text := range texts {
		check := exec.CommandContext(t.Context(), tool, "check", "metrics")
		check.Stdin = strings.NewReader(text)
		if out, err := check.CombinedOutput(); err != nil || len(out) > 0 {
			t.Errorf("promtool check metrics: %v\n%s", err, out)
		}
	}
}

var (
	metricName = regexp.MustCompile(`^[a-z][a-z0-9_]*$`)
	typeLine   = regexp.MustCompile(`^# TYPE (\S+) (\S+)$`)
	helpLine   = regexp.MustCompile(`^# HELP (\S+) (.+)$`)
)

// nameFaults holds an exposition against Prometheus's rules for names.
func nameFaults(text string) (faults []string) {
	helped := map[string]bool{}
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		if m := helpLine.FindStringSubmatch(line); m != nil {
			helped[m[1]] = true
		}
		m := typeLine.FindStringSubmatch(line)
		if m == nil {
			continue
		}
		name, kind := m[1], m[2]
		total := strings.HasSuffix(name, "_total")
		switch {
		case !metricName.MatchString(name):
			faults = append(faults, name+": not in lower case with underscores")
		case !helped[name]:
			faults = append(faults, name+": no help")
		case (kind == "counter") != total:
			faults = append(faults, name+": counters end with _total, and nothing else does")
		case strings.HasSuffix(name, "_count") || strings.HasSuffix(name, "_sum") || strings.HasSuffix(name, "_bucket"):
			faults = append(faults, name+": that suffix is a histogram's")
		case kind == "histogram" && !strings.HasSuffix(name, "_seconds"):
			faults = append(faults, name+": no base unit")
		}
	}
	if len(helped) == 0 {
		faults = append(faults, "there is nothing to check")
	}
	return faults
}

// The control: each rule is broken once.
func TestNameFaults(t *testing.T) {
	for text, want := range map[string]string{
		"# HELP a_total a\n# TYPE a_total gauge\n":       "a_total: counters",
		"# HELP a a\n# TYPE a counter\n":                 "a: counters",
		"# TYPE a gauge\n# HELP b b\n":                   "a: no help",
		"# HELP aB a\n# TYPE aB gauge\n":                 "aB: not in lower case",
		"# HELP a_count a\n# TYPE a_count gauge\n":       "a_count: that suffix",
		"# HELP a_millis a\n# TYPE a_millis histogram\n": "a_millis: no base unit",
		"": "there is nothing to check",
	} {
		if faults := nameFaults(text); len(faults) != 1 || !strings.HasPrefix(faults[0], want) {
			t.Errorf("%q: %v, want %s", text, faults, want)
		}
	}
}
