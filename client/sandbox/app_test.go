package sandbox_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/otpworker/otpworker/client/sandbox"
)

const (
	post = http.MethodPost
	put  = http.MethodPut
	get  = http.MethodGet
)

// TestAppOnTheWire holds the answers of add, update and details to the
// provider's pages. A bubble begins in 2000.
func TestAppOnTheWire(t *testing.T) {
	inBubble(t, sandbox.Config{}, func(t *testing.T, b bundle) {
		const full = `"periodTotalSendLimit":{"enabled":true,"unit":3,"period":1,"limit":10000000000},"periodPhoneSendLimit":{"enabled":false}`
		for _, tc := range []struct{ method, path, body, want string }{
			{
				post, "/otp/app/add", `{"name":"shop","codeExpiry":10,` + full + `}`,
				`{"appId":"app0001","name":"shop","codeExpiry":10,` + full + `,"createTime":"2000-01-01T08:00:00+08:00"}`,
			},
			{
				post, "/otp/app/add", `{"name":"plain"}`,
				`{"appId":"app0002","name":"plain","codeExpiry":5,"periodTotalSendLimit":{"enabled":false},"periodPhoneSendLimit":{"enabled":false},"createTime":"2000-01-01T08:00:00+08:00"}`,
			},
			{
				put, "/otp/app/update/app0001", `{"name":"Shop","appId":"app0001"}`,
				`{"appId":"app0001","name":"Shop","codeExpiry":5,"periodTotalSendLimit":{"enabled":false},"periodPhoneSendLimit":{"enabled":false},"createTime":"2000-01-01T08:00:00+08:00"}`,
			},
			{
				get, "/otp/app/details/app0001", ``,
				`{"appId":"app0001","name":"Shop","codeExpiry":5,"periodTotalSendLimit":{"enabled":false},"periodPhoneSendLimit":{"enabled":false},"createTime":"2000-01-01T08:00:00+08:00"}`,
			},
		} {
			if tc.method == put {
				time.Sleep(time.Hour) // createTime stays
			}
			if diff := cmp.Diff(`{"status":"0","reason":"success","data":`+tc.want+`}`, text(t, b.Handler(), tc.method, tc.path, tc.body)); diff != "" {
				t.Errorf("%s %s: %s", tc.method, tc.path, diff)
			}
		}
	})
}

func TestAppFields(t *testing.T) {
	h := sandbox.New(sandbox.Config{}).Handler()
	limit := func(fields string) string { return `{"name":"shop","periodPhoneSendLimit":{` + fields + `}}` }
	for i, tc := range []struct{ name, body, want string }{
		{"least", `{"name":"shop"}`, "0"},
		{"nulls", `{"name":"shop","codeExpiry":null,"periodTotalSendLimit":null,"periodPhoneSendLimit":null}`, "0"},
		{"longest name", `{"name":"` + strings.Repeat("é", 32) + `"}`, "0"},
		{"longest expiry", `{"name":"shop","codeExpiry":60}`, "0"},
		{"largest limit", limit(`"enabled":true,"unit":4,"period":90,"limit":10000000000`), "0"},
		{"limit switched off", limit(`"enabled":false,"unit":9`), "0"},
		{"no JSON", `name=shop`, "-22"},
		{"name missing", `{}`, "-22"},
		{"name short", `{"name":"sho"}`, "-22"},
		{"name long", `{"name":"` + strings.Repeat("n", 33) + `"}`, "-22"},
		{"name a number", `{"name":1234}`, "-22"},
		{"expiry 0", `{"name":"shop","codeExpiry":0}`, "-22"},
		{"expiry 61", `{"name":"shop","codeExpiry":61}`, "-22"},
		{"expiry a text", `{"name":"shop","codeExpiry":"5"}`, "-22"},
		{"unit missing", limit(`"enabled":true,"period":1,"limit":1`), "-22"},
		{"unit 5", limit(`"enabled":true,"unit":5,"period":1,"limit":1`), "-22"},
		{"period 0", limit(`"enabled":true,"unit":1,"period":0,"limit":1`), "-22"},
		{"period 91", limit(`"enabled":true,"unit":1,"period":91,"limit":1`), "-22"},
		{"limit 0", limit(`"enabled":true,"unit":1,"period":1,"limit":0`), "-22"},
		{"limit too large", limit(`"enabled":true,"unit":1,"period":1,"limit":10000000001`), "-22"},
		{"total limit too", `{"name":"shop","periodTotalSendLimit":{"enabled":true}}`, "-22"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			path := fmt.Sprintf("/otp/app/update/app%d", i)
			if got := status(t, h, put, path, strings.Replace(tc.body, `"shop"`, fmt.Sprintf(`"shop%d"`, i), 1)); got != tc.want {
				t.Errorf("update: status %s, want %s", got, tc.want)
			}
			other := sandbox.New(sandbox.Config{}).Handler()
			if got := status(t, other, post, "/otp/app/add", tc.body); got != tc.want {
				t.Errorf("add: status %s, want %s", got, tc.want)
			}
		})
	}
	for path, body := range map[string]string{
		"/otp/app/update/app":                           `{"name":"shop"}`,
		"/otp/app/update/" + strings.Repeat("a", 33):    `{"name":"shop"}`,
		"/otp/app/update/app1?appId=other":              `{"name":"shop","appId":"app2"}`,
		"/otp/app/details/abc":                          ``,
		"/otp/app/details/" + strings.Repeat("%61", 33): ``,
	} {
		method := put
		if body == "" {
			method = get
		}
		if got := status(t, h, method, path, body); got != "-22" {
			t.Errorf("%s: status %s", path, got)
		}
	}
}
