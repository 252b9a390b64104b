package client

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
)

func TestDecodeRecord(t *testing.T) {
	for _, tc := range []struct {
		name, data string
		found      bool
		state      State
		matched    Verdict
		messages   int
	}{
		{"documented", `{"orderId":"o","flowId":0,"verifications":{"matched":-1,"channel":"sms"},"sms":[{"status":0,"pay":"0.1"}]}`, true, StateSent, -1, 1},
		{"being sent", `{"orderId":"o","verifications":{"matched":1},"sms":[{"status":-1}]}`, true, StateSending, 1, 1},
		{"sending, no message yet", `{"orderId":"o","verifications":{"matched":1},"sms":[]}`, true, StateSending, 1, 0},
		{"not verified, no message", `{"verifications":{"matched":-1}}`, true, StateSending, -1, 0},
		{"failed", `{"orderId":"o","sms":[{"status":1,"reason":"x"}]}`, true, StateFailed, VerdictMissing, 1},
		{"failed, then sent", `{"sms":[{"status":1}],"call":[{"terminationCode":0}]}`, true, StateSent, VerdictMissing, 2},
		{"failed, then sending", `{"sms":[{"status":1},{"status":-1}]}`, true, StateSending, VerdictMissing, 2},
		{"sms as an object", `{"sms":{"status":0}}`, true, StateSent, VerdictMissing, 1},
		{"call as an object", `{"call":{"terminationCode":"486"}}`, true, StateFailed, VerdictMissing, 1},
		{"call without a code", `{"call":[{"submitTime":"x"}]}`, true, StateSending, VerdictMissing, 1},
		{"texts for numbers", `{"verifications":{"matched":"1"},"sms":[{"status":"-1"}]}`, true, StateSending, 1, 1},
		{"code was entered", `{"verifications":{"matched":0}}`, true, StateSent, 0, 0},
		{"wrong code was entered", `{"verifications":{"matched":2}}`, true, StateSent, 2, 0},
		{"expired, from the verify page", `{"verifications":{"matched":5}}`, true, StateSending, 5, 0},
		{"verifications as an array", `{"verifications":[{"matched":1}]}`, true, StateSending, 1, 0},
		{"orderId inside verifications", `{"verifications":{"orderId":"o"}}`, true, StateSending, VerdictMissing, 0},
		{"echo only", `{"orderId":"o"}`, true, StateSending, VerdictMissing, 0},
		{"data as an array", `[{"orderId":"o","sms":[{"status":0}]}]`, true, StateSent, VerdictMissing, 1},
		{"matched 3", `{"verifications":{"matched":3}}`, false, "", 3, 0},
		{"matched 3 with the echo", `{"orderId":"o","verifications":{"matched":3},"sms":[]}`, false, "", 3, 0},
		{"matched 3 against a message", `{"verifications":{"matched":3},"sms":[{"status":0}]}`, true, StateSent, 3, 1},
		{"empty object", `{}`, false, "", VerdictMissing, 0},
		{"empty message", `{"sms":{},"call":{ }}`, false, "", VerdictMissing, 0},
		{"null for a message", `{"sms":[null],"call":[null]}`, false, "", VerdictMissing, 0},
		{"null", `null`, false, "", VerdictMissing, 0},
		{"absent", ``, false, "", VerdictMissing, 0},
		{"empty array", `[]`, false, "", VerdictMissing, 0},
		{"nulls", `{"orderId":null,"verifications":null,"sms":null,"call":null}`, false, "", VerdictMissing, 0},
		{"odd types", `{"orderId":{},"verifications":7,"sms":"x","call":[7]}`, false, "", VerdictMissing, 0},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got := decodeRecord(json.RawMessage(tc.data))
			if got.Found != tc.found || got.State != tc.state || got.Matched != tc.matched || len(got.Messages) != tc.messages {
				t.Errorf("got %+v", got)
			}
		})
	}
}

func TestRecordIsBounded(t *testing.T) {
	data := fmt.Sprintf(`{"sms":[%s{"status":0}]}`, strings.Repeat(`{"status":1},`, 1000))
	if got := decodeRecord(json.RawMessage(data)); len(got.Messages) != maxMessages {
		t.Fatalf("kept %d messages", len(got.Messages))
	}
	long := strings.Repeat("x", maxDetail+1)
	got := decodeRecord(json.RawMessage(`{"verifications":{"verifiedDate":"` + long + `"},"sms":{"sender":"` + long + `"}}`))
	if got.VerifiedDate != "" || got.Messages[0].SMS.Sender != "" {
		t.Errorf("kept %+v", got)
	}
}
