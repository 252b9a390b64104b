package pace_test

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/otpworker/otpworker/worker/pace"
)

// Every fault is named, all at once.
func TestConfigFaults(t *testing.T) {
	many := map[string]float64{}
	for i := range pace.MaxApps + 1 {
		many[fmt.Sprint("app", i)] = 1
	}
	var bucket struct{ jetstream.KeyValue }
	for _, c := range []struct {
		name   string
		cfg    pace.Config
		kv     jetstream.KeyValue
		faults []string
	}{
		{"nothing", pace.Config{}, nil, nil},
		{"the slowest and the fastest", pace.Config{Account: pace.MaxRate, Apps: map[string]float64{"a": pace.MinRate}}, bucket, nil},
		{"no bucket", pace.Config{Account: 1}, nil, []string{"kv:"}},
		{"all wrong", pace.Config{Account: -1, Apps: map[string]float64{"a": 0, "b": math.NaN(), "c": 1e9, "": 1}}, bucket,
			[]string{"Account: -1 ", `Apps["a"]: 0 `, `Apps["b"]: NaN `, `Apps["c"]: 1e+09 `, "Apps: an app id is empty"}},
		{"too many apps", pace.Config{Apps: many}, bucket, []string{"Apps: 1025 are more than 1024"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := pace.New(c.cfg, c.kv)
			if (err == nil) != (c.faults == nil) {
				t.Fatalf("error %v", err)
			}
			for _, fault := range c.faults {
				if !strings.Contains(err.Error(), fault) {
					t.Errorf("%q does not name %q", err, fault)
				}
			}
		})
	}
}
