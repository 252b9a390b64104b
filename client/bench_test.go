package client_test

import (
	"io"
	"net/http"
	"testing"

	"github.com/otpworker/otpworker/client"
)

// BenchmarkSendRule includes the server's share: both run on the same cores.
func BenchmarkSendRule(b *testing.B) {
	url := serve(b, func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		_, _ = io.WriteString(w, `{"status":"0","reason":"success","data":{"verificationId":"22206051443051000003","to":"8613800138000","channel":"sms"}}`)
	})
	c := newClient(b, client.Config{BaseURL: url})
	req := send()
	b.ReportAllocs()
	for b.Loop() {
		if _, err := c.SendRule(b.Context(), req); err != nil {
			b.Fatal(err)
		}
	}
}
