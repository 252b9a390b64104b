package worker

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/otpworker/otpworker/client"
	"github.com/otpworker/otpworker/schema"
	"github.com/otpworker/otpworker/schema/redact"
)

// hotJob is a job as a producer writes it.
func hotJob(b *testing.B) (schema.Job, []byte) {
	b.Helper()
	job := schema.Job{
		ID: "spring-00000042", AppID: "myapp01", TemplateID: 12, Code: redact.NewCode("739154"), To: redact.NewPhone("8613800138000"),
		Channel: schema.ChannelSMS, ExpiresAt: time.Now().Add(time.Minute).UTC(), Metadata: map[string]string{"user": "u-1"},
	}
	data, err := job.Encode()
	if err != nil {
		b.Fatal(err)
	}
	return job, data
}

// BenchmarkRead decodes and checks a delivery.
func BenchmarkRead(b *testing.B) {
	job, data := hotJob(b)
	w := &Worker{}
	b.SetBytes(int64(len(data)))
	b.ReportAllocs()
	for b.Loop() {
		d := delivery{subject: schema.JobSubject(schema.LaneBatch, job.AppID), data: data, queuedAt: time.Now()}
		w.decode(&d, job.ID)
		if len(d.faults) > 0 {
			b.Fatal(d.faults)
		}
	}
}

// hotDelivery is one whose job was sent.
func hotDelivery(b *testing.B) *delivery {
	job, _ := hotJob(b)
	now := time.Now()
	return &delivery{
		job: job, lane: schema.LaneBatch, queuedAt: now, count: 1, seq: 42,
		entry:    entry{State: stateClaimed, Nonce: "T4pVYV7RqSbRnVpw0n6dA1", Worker: "w1", Attempts: 1, TakenAt: now, Status: "0", Reason: "sent"},
		response: client.SendRuleResponse{VerificationID: "22206051443050000042", Channel: "sms"},
	}
}

// BenchmarkResult makes a result and its wire form.
func BenchmarkResult(b *testing.B) {
	w := &Worker{cfg: DefaultConfig()}
	d := hotDelivery(b)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := w.result(d, decision{do: conclude, outcome: schema.OutcomeSent, reason: "sent", status: "0"}).Encode(); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkEntry is the two entries that the ledger gets of a job: the claim
// and, with the result in it, the memo.
func BenchmarkEntry(b *testing.B) {
	w := &Worker{cfg: DefaultConfig()}
	d := hotDelivery(b)
	done := d.entry
	r := w.result(d, decision{do: conclude, outcome: schema.OutcomeSent, reason: "sent", status: "0"})
	done.State, done.Result, done.Told, done.Seq = stateDone, &r, true, d.seq
	for name, e := range map[string]entry{"claim": d.entry, "memo": done} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := json.Marshal(e); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
