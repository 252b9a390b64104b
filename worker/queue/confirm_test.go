package queue

import (
	"errors"
	"testing"

	"github.com/nats-io/nats.go/jetstream"
)

func TestReadAck(t *testing.T) {
	for data, want := range map[string]jetstream.PubAck{
		`{"stream":"OTP_RESULTS","seq":12}`:                                  {Stream: "OTP_RESULTS", Sequence: 12},
		`{"stream":"OTP_RESULTS", "domain":"hub", "seq":12}`:                 {Stream: "OTP_RESULTS", Sequence: 12, Domain: "hub"},
		`{"stream":"OTP_RESULTS","seq":12,"duplicate":true}`:                 {Stream: "OTP_RESULTS", Sequence: 12, Duplicate: true},
		`{"stream":"OTP_RESULTS","seq":12,"duplicate":false,"new":[1,true]}`: {Stream: "OTP_RESULTS", Sequence: 12},
	} {
		if got, err := readAck([]byte(data)); err != nil || got != want {
			t.Errorf("%s: %+v, %v", data, got, err)
		}
	}
	for _, data := range []string{"", "{}", "-ERR", `{"seq":12}`, `{"stream":""}`, `{"stream":1,"seq":1}`} {
		if _, err := readAck([]byte(data)); !errors.Is(err, jetstream.ErrInvalidJSAck) {
			t.Errorf("%q: %v", data, err)
		}
	}
	_, err := readAck([]byte(`{"error":{"code":400,"err_code":10071,"description":"wrong last sequence: 1"},"stream":"KV_otp_ledger","seq":0}`))
	var api *jetstream.APIError
	if !errors.As(err, &api) || api.ErrorCode != jetstream.JSErrCodeStreamWrongLastSequence {
		t.Errorf("got %v", err)
	}
}
