package telemetry

import (
	"maps"
	"slices"
	"strings"
	"testing"
)

func TestStatusLabel(t *testing.T) {
	for status, want := range map[string]string{"-77": "-77", "12": "12", "": "other", "8613800138000": "other", "1e5": "other", "1234567": "other"} {
		if got := statusLabel(status); got != want {
			t.Errorf("%q: %q, want %q", status, got, want)
		}
	}
}

// The table and what is served are the same.
func TestMetricsTableIsComplete(t *testing.T) {
	served := map[string]map[string]bool{}
	for _, story := range stories {
		inVirtualTime(t, story.change, func(t *testing.T, r *rig) {
			story.tell(t, r)
			labelsIn(r.scrape(), served)
		})
	}
	for _, m := range Metrics() {
		name, err := m.Prometheus()
		if err != nil {
			t.Fatal(err)
		}
		labels, err := m.PrometheusLabels()
		if err != nil {
			t.Fatal(err)
		}
		for _, suffix := range []string{"", "_count"} {
			if found, ok := served[name+suffix]; ok {
				for label := range found {
					if !slices.Contains(labels, label) {
						t.Errorf("%s has a label %s that the table does not name", name, label)
					}
				}
				for _, label := range labels {
					if !found[label] {
						t.Errorf("%s has no label %s", name, label)
					}
				}
				delete(served, name+suffix)
			}
		}
		delete(served, name+"_bucket")
		delete(served, name+"_sum")
	}
	for name := range maps.Keys(served) {
		if !strings.HasPrefix(name, "go_") && !strings.HasPrefix(name, "process_") && name != "target_info" {
			t.Errorf("%s is not in the table", name)
		}
	}
}

// labelsIn collects the names and labels of an exposition.
func labelsIn(text string, into map[string]map[string]bool) {
	for line := range strings.Lines(text) {
		if strings.HasPrefix(line, "#") {
			continue
		}
		name, rest, _ := strings.Cut(line, "{")
		name, _, _ = strings.Cut(name, " ")
		if into[name] == nil {
			into[name] = map[string]bool{}
		}
		labels, _, ok := strings.Cut(rest, "} ")
		for ok && labels != "" {
			var label, value string
			label, value, _ = strings.Cut(labels, `="`)
			into[name][label] = true
			_, labels, _ = strings.Cut(value, `"`)
			labels = strings.TrimPrefix(labels, ",")
		}
	}
}
