package schema

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/otpworker/otpworker/schema/redact"
)

var epoch = time.Date(2026, 1, 2, 15, 4, 5, 0, time.UTC)

func smallJob() Job {
	return Job{ID: "login-7f3a", AppID: "demo-app", Code: redact.NewCode("739154"), To: redact.NewPhone("8613800138000")}
}

func fullJob() Job {
	j := smallJob()
	j.TemplateID, j.FlowID, j.Channel, j.OrderID, j.ReplyTo = 12, 34, ChannelCall, "order.1", "otp.v1.reply.shop"
	j.CreatedAt, j.ExpiresAt, j.TTLSeconds = epoch, epoch.Add(time.Minute), 60
	j.BatchID, j.Metadata = "spring", map[string]string{"user": "u-1"}
	return j
}

func TestExpiry(t *testing.T) {
	queued := epoch
	for name, test := range map[string]struct {
		job    Job
		queued time.Time
		want   time.Time
	}{
		"nothing given":                     {Job{}, queued, queued.Add(300 * time.Second)},
		"ttl from the queue":                {Job{TTLSeconds: 60}, queued, queued.Add(60 * time.Second)},
		"ttl from the creation":             {Job{TTLSeconds: 60, CreatedAt: queued.Add(-10 * time.Second)}, queued, queued.Add(50 * time.Second)},
		"fast clock":                        {Job{TTLSeconds: 60, CreatedAt: queued.Add(time.Hour)}, queued, queued.Add(60 * time.Second)},
		"expiresAt as it stands":            {Job{ExpiresAt: queued.Add(900 * time.Second)}, queued, queued.Add(900 * time.Second)},
		"expiresAt in the past":             {Job{ExpiresAt: queued.Add(-time.Second)}, queued, queued.Add(-time.Second)},
		"both, expiresAt earlier":           {Job{ExpiresAt: queued.Add(30 * time.Second), TTLSeconds: 60}, queued, queued.Add(30 * time.Second)},
		"both, ttl earlier":                 {Job{ExpiresAt: queued.Add(90 * time.Second), TTLSeconds: 60}, queued, queued.Add(60 * time.Second)},
		"expiresAt far away":                {Job{ExpiresAt: queued.Add(100 * time.Hour)}, queued, queued.Add(time.Hour)},
		"fast clock with expiresAt":         {Job{ExpiresAt: queued.Add(3 * time.Hour), CreatedAt: queued.Add(2 * time.Hour)}, queued, queued.Add(time.Hour)},
		"not queued yet":                    {Job{CreatedAt: queued}, time.Time{}, queued.Add(300 * time.Second)},
		"neither creation nor queue":        {Job{ExpiresAt: queued}, time.Time{}, queued},
		"unvalidated ttl outlives no limit": {Job{TTLSeconds: 1 << 40}, queued, queued.Add(time.Hour)},
	} {
		t.Run(name, func(t *testing.T) {
			if got := test.job.Expiry(test.queued); !got.Equal(test.want) {
				t.Errorf("got %v, want %v", got, test.want)
			}
		})
	}
}

func TestProviderOrderID(t *testing.T) {
	j := smallJob()
	if got := j.ProviderOrderID(); got != j.ID {
		t.Errorf("got %q, want the id", got)
	}
	j.OrderID = "order.1"
	if got := j.ProviderOrderID(); got != "order.1" {
		t.Errorf("got %q, want the order id", got)
	}
}

func TestJobNeverPrintsCodeOrNumber(t *testing.T) {
	j := fullJob()
	var out strings.Builder
	slog.New(slog.NewJSONHandler(&out, nil)).Info("job", "job", j)
	masked, err := json.Marshal(j)
	if err != nil {
		t.Fatal(err)
	}
	out.Write(masked)
	fmt.Fprintf(&out, "%v %+v %#v %+v", j, j, j, &j)
	for _, leak := range []string{"739154", "8613800138000", "13800138"} {
		if strings.Contains(out.String(), leak) {
			t.Errorf("%q shows in %s", leak, out.String())
		}
	}
}

// A job that was logged, copied and published again must not send its masks.
func TestMaskDoesNotValidate(t *testing.T) {
	masked, err := json.Marshal(fullJob())
	if err != nil {
		t.Fatal(err)
	}
	faults := refuseJob(masked)
	if !faults.On("code") || !faults.On("to") || len(faults) != 2 {
		t.Fatalf("faults of a masked job: %v", faults)
	}
}
