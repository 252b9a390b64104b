package client

import (
	"net/http"
	"strconv"
	"testing"
	"time"

	"github.com/otpworker/otpworker/schema/redact"
)

func hotSend() SendRuleRequest {
	return SendRuleRequest{
		AppID: "myapp01", TemplateID: 12, Code: redact.NewCode("739154"), To: redact.NewPhone("8613800138000"),
		Channel: "sms", OrderID: "spring-00000042",
	}
}

// hotAnswer is what the provider says to nearly every send.
const hotAnswer = `{"status":"0","reason":"success","data":{"verificationId":"22206051443050000042","to":"8613800138000","channel":"sms"}}`

func BenchmarkCheckSend(b *testing.B) {
	r := hotSend()
	b.ReportAllocs()
	for b.Loop() {
		if len(r.check()) > 0 {
			b.Fatal("refused")
		}
	}
}

func BenchmarkEncodeSend(b *testing.B) {
	r := hotSend()
	b.ReportAllocs()
	for b.Loop() {
		r.encode()
	}
}

// BenchmarkRequest is all that is made for a request, its signature included.
func BenchmarkRequest(b *testing.B) {
	c, err := New(Config{BaseURL: "http://127.0.0.1:1/otp", APIKey: redact.NewSecret("bDqJFiq9"), APISecret: redact.NewSecret("7bz1lzh9")})
	if err != nil {
		b.Fatal(err)
	}
	defer c.Close()
	body := hotSend().encode()
	var buf []byte
	b.ReportAllocs()
	for b.Loop() {
		buf = c.appendRequest(buf[:0], exchange{op: opSendRule, method: http.MethodPost, url: c.sendRuleURL, body: body})
	}
}

func BenchmarkDecodeAnswer(b *testing.B) {
	now := time.Now()
	a := answer{op: opSendRule, httpStatus: http.StatusOK, date: now.UTC().Format(http.TimeFormat), now: now, body: []byte(hotAnswer)}
	b.SetBytes(int64(len(hotAnswer)))
	b.ReportAllocs()
	for b.Loop() {
		data, err := a.judge()
		if err != nil || decodeSendRule(data).VerificationID == "" {
			b.Fatal(err)
		}
	}
}

func BenchmarkTimestamp(b *testing.B) {
	var c clock
	b.ReportAllocs()
	for b.Loop() {
		_ = strconv.FormatInt(c.now().Unix(), 10)
	}
}
