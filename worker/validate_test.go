package worker

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/otpworker/otpworker/schema"
)

const jobSubject = "otp.v1.job.interactive.app1"

// decoded is what decode makes of a document on a subject.
func decoded(subject, data, msgID string) *delivery {
	d := &delivery{subject: subject, data: []byte(data), queuedAt: time.Now(), count: 1}
	new(Worker).decode(d, msgID)
	return d
}

func faultFields(d *delivery) []string {
	fields := []string{}
	for _, f := range d.faults {
		fields = append(fields, f.Field)
	}
	slices.Sort(fields)
	return fields
}

func TestDecodeGoodJob(t *testing.T) {
	d := decoded(jobSubject, `{"id":"j1","appId":"app1","code":"739154","to":"8613800138000","ttlSeconds":60,"metadata":{"k":"v"}}`, "other")
	if len(d.faults) != 0 {
		t.Fatal(d.faults)
	}
	if d.job.ID != "j1" || d.job.Code.Reveal() != "739154" || d.job.To.Reveal() != "8613800138000" {
		t.Errorf("%+v", d.job)
	}
	if got := d.expiresAt.Sub(d.queuedAt); got != time.Minute {
		t.Errorf("expires after %s", got)
	}
}

// A faulty job keeps what its answer may echo: the fields that have no fault
// themselves, and never the code or the number.
func TestDecodeFaultyJob(t *testing.T) {
	const rest = `"appId":"app1","code":"739154","to":"8613800138000"`
	long := strings.Repeat("x", 65)
	for name, c := range map[string]struct {
		subject, data, msgID string
		faults               []string
		want                 schema.Job
	}{
		"bad number": {
			data:   `{"id":"j1","appId":"app1","code":"739154","to":"+86","replyTo":"otp.v1.reply.a","batchId":"b1","channel":"call","metadata":{"k":"v"},"orderId":"o1"}`,
			faults: []string{"to"},
			want:   schema.Job{ID: "j1", AppID: "app1", ReplyTo: "otp.v1.reply.a", BatchID: "b1", Channel: "call", Metadata: map[string]string{"k": "v"}},
		},
		"each echoed field bad": {
			data:   `{"id":"a b",` + rest + `,"replyTo":"` + strings.Repeat("r", 201) + `","batchId":"b b","channel":"fax","metadata":{"":"v"}}`,
			faults: []string{"batchId", "channel", "id", "metadata", "replyTo"},
			want:   schema.Job{AppID: "app1"},
		},
		"fields of a wrong type": {
			data:   `{"id":7,` + rest + `,"batchId":[],"metadata":"x"}`,
			faults: []string{"batchId", "id", "metadata"},
			want:   schema.Job{AppID: "app1", Channel: "sms"},
		},
		"a number in the place of the id": {
			data: `{"id":8613800138000,` + rest + `}`, msgID: "j1", faults: []string{"id"},
			want: schema.Job{ID: "j1", AppID: "app1", Channel: "sms"},
		},
		"no id, message id": {
			data: `{` + rest + `}`, msgID: "j-1_A", faults: []string{"id"},
			want: schema.Job{ID: "j-1_A", AppID: "app1", Channel: "sms"},
		},
		"id wins over message id": {
			data: `{"id":"j1","appId":"app1","to":"8613800138000"}`, msgID: "j2", faults: []string{"code"},
			want: schema.Job{ID: "j1", AppID: "app1", Channel: "sms"},
		},
		"bad message id":      {data: `{` + rest + `}`, msgID: "a.b", faults: []string{"id"}, want: schema.Job{AppID: "app1", Channel: "sms"}},
		"long message id":     {data: `{` + rest + `}`, msgID: long, faults: []string{"id"}, want: schema.Job{AppID: "app1", Channel: "sms"}},
		"message id of lines": {data: `{` + rest + `}`, msgID: "a\r\nb", faults: []string{"id"}, want: schema.Job{AppID: "app1", Channel: "sms"}},
		"no message id":       {data: `{` + rest + `}`, faults: []string{"id"}, want: schema.Job{AppID: "app1", Channel: "sms"}},
		"no JSON":             {data: `code 739154`, msgID: "j1", faults: []string{"document"}, want: schema.Job{ID: "j1", AppID: "app1"}},
		"empty":               {data: ``, faults: []string{"document"}, want: schema.Job{AppID: "app1"}},
		"too large":           {data: `{"id":"j1"` + strings.Repeat(" ", schema.MaxBytes) + `}`, msgID: "j9", faults: []string{"document"}, want: schema.Job{ID: "j9", AppID: "app1"}},
		"another app's subject": {
			subject: "otp.v1.job.batch.app2", data: `{"id":"j1",` + rest + `}`, faults: []string{"appId"},
			want: schema.Job{ID: "j1", AppID: "app2", Channel: "sms"},
		},
		"app id bad in the body": {
			data: `{"id":"j1","appId":"a.*","code":"739154","to":"8613800138000"}`, faults: []string{"appId"},
			want: schema.Job{ID: "j1", AppID: "app1", Channel: "sms"},
		},
		"app id bad in the subject": {
			subject: "otp.v1.job.batch.a$", data: `{"id":"j1",` + rest + `}`, faults: []string{"appId"},
			want: schema.Job{ID: "j1", Channel: "sms"},
		},
		"unknown lane": {
			subject: "otp.v1.job.fast.app1", data: `{"id":"j1",` + rest + `}`, faults: []string{"lane"},
			want: schema.Job{ID: "j1", AppID: "app1", Channel: "sms"},
		},
		"subject of another shape": {
			subject: "otp.v1.job.interactive.app1.x", data: `{"id":"j1",` + rest + `}`, faults: []string{"subject"},
			want: schema.Job{ID: "j1", Channel: "sms"},
		},
		"no batch on a batch's subject": {
			subject: "otp.v1.job.batch.app1.b1", data: `{"id":"j1",` + rest + `}`, faults: []string{"batchId"},
			want: schema.Job{ID: "j1", AppID: "app1", BatchID: "b1", Channel: "sms"},
		},
		"another batch's subject": {
			subject: "otp.v1.job.batch.app1.b1", data: `{"id":"j1",` + rest + `,"batchId":"b2"}`, faults: []string{"batchId"},
			want: schema.Job{ID: "j1", AppID: "app1", BatchID: "b1", Channel: "sms"},
		},
		"no JSON on a batch's subject": {
			subject: "otp.v1.job.batch.app1.b1", data: `code 739154`, msgID: "b1-7", faults: []string{"document"},
			want: schema.Job{ID: "b1-7", AppID: "app1", BatchID: "b1"},
		},
		"batch id bad in the subject": {
			subject: "otp.v1.job.batch.app1.b$", data: `{"id":"j1",` + rest + `,"batchId":"b2"}`, faults: []string{"batchId"},
			want: schema.Job{ID: "j1", AppID: "app1", Channel: "sms"},
		},
		"all at once": {
			subject: "otp.v1.job.fast", data: `{"id":"","appId":"x","code":"","to":"1","ttlSeconds":-1}`, msgID: "j1",
			faults: []string{"appId", "code", "id", "subject", "to", "ttlSeconds"},
			want:   schema.Job{ID: "j1", Channel: "sms"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			if c.subject == "" {
				c.subject = jobSubject
			}
			d := decoded(c.subject, c.data, c.msgID)
			if diff := cmp.Diff(c.faults, faultFields(d)); diff != "" {
				t.Errorf("faults (-want +got):\n%s%v", diff, d.faults)
			}
			if d.job.Code.Reveal() != "" || d.job.To.Reveal() != "" {
				t.Error("it keeps the code or the number")
			}
			if got, want := fmt.Sprintf("%+v", d.job), fmt.Sprintf("%+v", c.want); got != want {
				t.Errorf("keeps\n%s\nwant\n%s", got, want)
			}
			if strings.Contains(d.faults.Error(), "739154") || strings.Contains(d.faults.Error(), "8613800138000") {
				t.Errorf("the faults show a value: %v", d.faults)
			}
			next, ok := aWorker().validate(d)
			if ok || next.outcome != schema.OutcomeInvalid || next.reason != reasonInvalid {
				t.Errorf("validate: %v, %+v", ok, next)
			}
		})
	}
}

func aWorker() *Worker { return &Worker{cfg: DefaultConfig()} }

// A reply subject that the job may not name is dropped and noted; the job goes
// on.
func TestValidateReplyTo(t *testing.T) {
	for subject, allowed := range map[string]bool{
		"": true, "otp.v1.reply.a": true, "otp.v1.reply.a.b": true,
		"otp.v1.job.batch.app1": false, "$JS.API.STREAM.DELETE.OTP_JOBS": false, "_INBOX.x": false, "otp.v1.reply.>": false, "otp.v1.reply.a b": false, "other.reply": false,
	} {
		t.Run(subject, func(t *testing.T) {
			d := decoded(jobSubject, `{"id":"j1","appId":"app1","code":"739154","to":"8613800138000"}`, "")
			d.job.ReplyTo = subject
			if _, ok := aWorker().validate(d); !ok {
				t.Error("the job ended for its replyTo")
			}
			if allowed && (d.job.ReplyTo != subject || len(d.notes) != 0) {
				t.Errorf("replyTo %q, notes %q", d.job.ReplyTo, d.notes)
			}
			if !allowed && (d.job.ReplyTo != "" || len(d.notes) != 1 || !strings.HasPrefix(d.notes[0], noteReplyTo)) {
				t.Errorf("replyTo %q, notes %q", d.job.ReplyTo, d.notes)
			}
			if len(d.notes) > 0 && subject != "" && strings.Contains(d.notes[0], subject) {
				t.Errorf("the note quotes the subject: %q", d.notes)
			}
		})
	}
}
