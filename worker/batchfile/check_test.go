package batchfile

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/otpworker/otpworker/schema"
	"github.com/otpworker/otpworker/schema/jobfile"
)

func TestCheck(t *testing.T) {
	codes, twice := plain(), plain()
	codes.MakeCodes = true
	twice.AllowDuplicates = true
	for name, c := range map[string]struct {
		text    string
		options Options
		rows    int
		bad     []string
	}{
		"good": {text: "to,code\n8613800138000,1\n8613800138001,2\n", rows: 2},
		"ndjson": {
			text: `{"to":"8613800138000","code":"1"}` + "\n" + `{"to":"8613800138001"}` + "\n", rows: 1,
			bad: []string{"row 2: code is missing"},
		},
		"numbers": {
			text: "to,code\n+8613800138000,1\n8613800138001,2\n08613800138001,2\n", rows: 1,
			bad: []string{"row 2: to must be digits only: drop the +", "row 4: to must start with the country code"},
		},
		"no code":   {text: "to\n8613800138000\n", bad: []string{"row 2: code is missing"}},
		"make code": {text: "to,code\n8613800138000,\n8613800138001,2\n", options: codes, rows: 2},
		"all faults of a row": {
			text: "to,code,ttlSeconds\nx,,9999\n", bad: []string{"row 2: code is missing"},
		},
		"not for a batch": {
			text: "id,batchId,createdAt,expiresAt,to,code\na,b,2026-01-01T00:00:00Z,2026-01-01T00:01:00Z,8613800138000,1\n",
			bad:  []string{"row 2: id is not for a batch"},
		},
		"another app":  {text: "appId,to,code\nother01,8613800138000,1\nmyapp01,8613800138001,1\n", rows: 1, bad: []string{"row 2: appId must be that of the batch"}},
		"duplicate":    {text: "to,code\n8613800138000,1\n8613800138001,1\n8613800138000,2\n", rows: 2, bad: []string{"row 4: to is the number of row 2 too"}},
		"duplicate ok": {text: "to,code\n8613800138000,1\n8613800138000,2\n", options: twice, rows: 2},
		"a bad row is no duplicate": {
			text: "to,code\n8613800138000,\n8613800138000,2\n", rows: 1, bad: []string{"row 2: code is missing"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			o := c.options
			if o.Defaults.AppID == "" {
				o = plain()
			}
			f, bad := checked(t, c.text, o)
			if f.Rows != c.rows || f.Bad != len(c.bad) || len(bad) != len(c.bad) {
				t.Fatalf("%d rows, %d bad: %q", f.Rows, f.Bad, bad)
			}
			for i, want := range c.bad {
				if !strings.HasPrefix(bad[i], want) || strings.Contains(bad[i], "8613800138") {
					t.Errorf("%q, want %q", bad[i], want)
				}
			}
			if got := len(jobs(t, f, "b1")); got != c.rows {
				t.Errorf("%d jobs", got)
			}
		})
	}
}

func TestEveryFaultOfARowIsNamed(t *testing.T) {
	_, bad := checked(t, "id,appId,to,code,channel\na,no,x,,pigeon\n", plain())
	for _, field := range []string{"id is not", "appId must be that", "to must be digits", "code is missing", "channel"} {
		if len(bad) != 1 || !strings.Contains(bad[0], field) {
			t.Errorf("%q lacks %q", bad, field)
		}
	}
}

// Metadata that is valid by itself may make a job too large for the queue.
func TestARowTooLargeIsBad(t *testing.T) {
	head, row := "to,code", "8613800138000,1"
	for i := range 16 {
		head += ",metadata.k" + string(rune('a'+i))
		row += "," + strings.Repeat(`\`, 256)
	}
	_, bad := checked(t, head+"\n"+row+"\n", plain())
	if len(bad) != 1 || !strings.Contains(bad[0], "document must be at most 8192 bytes") {
		t.Errorf("%q", bad)
	}
}

func TestJobsAreNumberedWithoutTheBadRows(t *testing.T) {
	f, _ := checked(t, "to,code,metadata.user\n8613800138000,1,anna\nx,1,\n\n8613800138001,2,ben\n", plain())
	var got []string
	for _, j := range jobs(t, f, "friday") {
		got = append(got, j.ID+" "+j.BatchID+" "+j.AppID+" "+j.Code.Reveal()+" "+j.Metadata["user"])
		if !j.CreatedAt.IsZero() || j.Validate() != nil {
			t.Errorf("%+v: %v", j, j.Validate())
		}
	}
	want := []string{"friday-1 friday myapp01 1 anna", "friday-2 friday myapp01 2 ben"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestWhatIsKnownOfAFile(t *testing.T) {
	o := plain()
	o.Defaults.TTLSeconds = 60
	f, _ := checked(t, "to,code,ttlSeconds,orderId,metadata.b,metadata.a\n8613800138000,1,,,x,y\n8613800138001,1,30,o,x,\n", o)
	if diff := cmp.Diff(map[int]int{60: 1, 30: 1}, f.Lives); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"orderId", "ttlSeconds", "metadata.a", "metadata.b"}, f.Columns); diff != "" {
		t.Error(diff)
	}
}

func TestColumnsAreBounded(t *testing.T) {
	var text strings.Builder
	for i := range 200 {
		text.WriteString(`{"to":"86138001380` + string(rune('0'+i/100)) + string(rune('0'+i/10%10)) + `","code":"1","metadata":{"` + strings.Repeat("k", 1+i%60) + string(rune('a'+i/60)) + `":"v"}}` + "\n")
	}
	o := plain()
	o.AllowDuplicates = true
	if f, bad := checked(t, text.String(), o); len(f.Columns) > maxColumns || len(bad) > 0 {
		t.Errorf("%d columns, %v", len(f.Columns), bad)
	}
}

func TestCheckEnds(t *testing.T) {
	stop := errors.New("enough")
	o := plain()
	o.OnBad = func(*jobfile.RowError) error { return stop }
	if _, err := Check(t.Context(), source(t, "to\nx\ny\n"), o); !errors.Is(err, stop) {
		t.Errorf("told to stop: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Check(ctx, source(t, "to,code\n"+strings.Repeat("x,1\n", 2*checkEvery)), plain()); !errors.Is(err, context.Canceled) {
		t.Errorf("interrupted: %v", err)
	}
	if _, err := Check(t.Context(), source(t, "phone\n1\n"), plain()); err == nil || !strings.Contains(err.Error(), "column 1 is not known") {
		t.Errorf("bad header: %v", err)
	}
	if _, err := Check(t.Context(), source(t, "to,code\n"), plain()); !errors.Is(err, ErrNoRows) {
		t.Errorf("no rows: %v", err)
	}
}

// A row that passes the check makes a job that can be published.
func FuzzRow(f *testing.F) {
	f.Add("8613800138000,739154,,,")
	f.Add("8613800138000,,60,sms,x")
	f.Add("\"8613800138000\",1,0,call,\"a,b\"")
	f.Fuzz(func(t *testing.T, row string) {
		o := Options{Defaults: schema.Job{AppID: app, TemplateID: 7}, MakeCodes: true}
		s, err := Open("-", strings.NewReader("to,code,ttlSeconds,channel,metadata.user\n"+row))
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = s.Close() }()
		file, err := Check(t.Context(), s, o)
		if err != nil {
			return
		}
		n := 0
		for job, err := range file.Jobs(strings.Repeat("b", maxID)) {
			if err != nil {
				t.Fatal(err)
			}
			n++
			if faults, ok := errors.AsType[schema.Faults](job.Validate()); ok && (len(faults) > 1 || !faults.On("code")) {
				t.Errorf("row %d passed: %v", job.Line, faults)
			}
		}
		if n != file.Rows {
			t.Errorf("%d jobs of %d rows", n, file.Rows)
		}
	})
}
