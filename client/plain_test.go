package client

import (
	"bytes"
	"encoding/json"
	"testing"
)

// What the quick readers take, encoding/json takes too, and reads the same.
func FuzzPlainAnswer(f *testing.F) {
	for _, seed := range []string{
		`{"status":"0","reason":"success","data":{"verificationId":22206051443051000003,"to":"8613800138000","channel":"SMS","more":{"x":1}}}`,
		`{"status":0,"STATUS":"1"}`, `{"status":"0","status":"1"}`, `{"data":{"to":"1","TO":"2"}}`, `{"data":{"channel":"carrier pigeon"}}`,
		`{"status":"0","data":null}`, `{"status":true}`, `{"status":"0","data":[]}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		status, data, ok := plainEnvelope(body)
		if !ok {
			return
		}
		slowStatus, slowData, valid := anyEnvelope(body)
		if !valid || status != slowStatus || !bytes.Equal(bytes.TrimSpace(data), bytes.TrimSpace(slowData)) {
			t.Fatalf("%q: %q, %q; encoding/json says %q, %q, valid %v", body, status, data, slowStatus, slowData, valid)
		}
		d, ok := plainSendRule(data)
		if !ok {
			return
		}
		var slow sendRuleData
		decodeObject(data, &slow)
		if d != slow {
			t.Fatalf("%q: %+v; encoding/json says %+v", data, d, slow)
		}
	})
}

// The quick way is taken by the answers that the provider documents.
func TestUsualAnswersArePlain(t *testing.T) {
	for _, body := range []string{
		`{"status": "0", "reason": "success", "data": {"verificationId": "22206051443051000003", "to": "8613800138000", "channel": "sms"}}`,
		`{"status":0,"reason":"success","data":{"verificationId":22206051443051000003,"to":"8613800138000","channel":"sna","snaUrl":"https://x"}}`,
	} {
		_, data, ok := plainEnvelope([]byte(body))
		if !ok {
			t.Fatalf("%s is not read the quick way", body)
		}
		if d, ok := plainSendRule(data); !ok || d.VerificationID != "22206051443051000003" {
			t.Errorf("%s: %+v, %v", data, d, ok)
		}
	}
	for _, data := range []string{`{"to":"1","to":"2"}`, `{"To":"1"}`, `[]`, `null`, ``} {
		if _, ok := plainSendRule(json.RawMessage(data)); ok {
			t.Errorf("%s is not for the quick way", data)
		}
	}
}
