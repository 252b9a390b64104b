package client_test

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/otpworker/otpworker/client"
)

// answering calls one endpoint at a provider that answers so.
func answering(t *testing.T, e endpoint, httpStatus int, body string) (any, error) {
	t.Helper()
	url := serve(t, func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		w.Header().Set("Retry-After", "3")
		w.WriteHeader(httpStatus)
		_, _ = io.WriteString(w, body)
	})
	return e.call(t.Context(), newClient(t, client.Config{BaseURL: url + "/otp"}))
}

// ops are the names that errors give the endpoints, where the file's differs.
var ops = map[string]string{
	"orderId_record": "orderId/record", "postback_backfill": "postback/backfill",
	"app_add": "app/add", "app_update": "app/update", "app_details": "app/details",
	"template_add": "template/add", "template_update": "template/update", "template_details": "template/details", "template_list": "template/list",
	"flow_add": "flow/add", "flow_update": "flow/update", "flow_details": "flow/details", "flow_list": "flow/list",
}

func (e endpoint) op() string {
	if op, ok := ops[e.name]; ok {
		return op
	}
	return e.name
}

// TestRefusals: each status of each page, as text and as a number, under the
// HTTP statuses that it may come with.
func TestRefusals(t *testing.T) {
	for _, e := range allEndpoints() {
		for _, status := range e.refusals {
			t.Run(e.name+status, func(t *testing.T) {
				for _, httpStatus := range []int{200, 400, 500} {
					for _, form := range []string{`{"status":%q,"reason":"8613800138000"}`, `{"status":%s,"data":{}}`} {
						_, err := answering(t, e, httpStatus, fmt.Sprintf(form, status))
						want := &client.RefusedError{Op: e.op(), HTTPStatus: httpStatus, Status: status}
						if diff := cmp.Diff(error(want), err); diff != "" {
							t.Errorf("HTTP %d (-want +got):\n%s", httpStatus, diff)
						}
					}
				}
			})
		}
	}
}

// TestOtherAnswers: what is no word of the provider's, for each endpoint.
func TestOtherAnswers(t *testing.T) {
	const accepted = `{"status":"0","data":{"verificationId":"1"},"balance":"1"}`
	for _, e := range allEndpoints() {
		op := e.op()
		for _, tc := range []struct {
			name       string
			httpStatus int
			body       string
			want       error
		}{
			{"401 bare", 401, "", &client.RefusedError{Op: op, HTTPStatus: 401}},
			{"404 page", 404, "<html>", &client.RefusedError{Op: op, HTTPStatus: 404}},
			{"429", 429, "", &client.ThrottledError{Op: op, HTTPStatus: 429, RetryAfter: 3 * time.Second}},
			{"503", 503, "", &client.ThrottledError{Op: op, HTTPStatus: 503, RetryAfter: 3 * time.Second}},
			{"500", 500, "oops", &client.UnknownError{Op: op, HTTPStatus: 500}},
			{"500 that accepts", 500, accepted, &client.UnknownError{Op: op, HTTPStatus: 500}},
			{"304", 304, "", &client.UnknownError{Op: op, HTTPStatus: 304}},
			{"200 without an envelope", 200, "[]", &client.UnknownError{Op: op, HTTPStatus: 200}},
			{"200 of words", 200, `{"status":"ok"}`, &client.UnknownError{Op: op, HTTPStatus: 200}},
		} {
			t.Run(e.name+"/"+tc.name, func(t *testing.T) {
				_, err := answering(t, e, tc.httpStatus, tc.body)
				if unknown, ok := errors.AsType[*client.UnknownError](err); ok {
					unknown.Err = nil
				}
				if diff := cmp.Diff(tc.want, err); diff != "" {
					t.Errorf("(-want +got):\n%s", diff)
				}
			})
		}
	}
}

// TestAcceptedWithoutUse: a mutation that was accepted is done, however it is
// described; what was to be read is not there, and that is no empty result.
func TestAcceptedWithoutUse(t *testing.T) {
	details := map[string]bool{"app_details": true, "template_details": true, "flow_details": true, "balance": true}
	for _, e := range allEndpoints() {
		for _, data := range []string{`null`, `{}`, `[]`, `7`, `"x"`, `[{},{}]`} {
			t.Run(e.name+"/"+data, func(t *testing.T) {
				list := strings.HasSuffix(e.name, "_list")
				if list && (data == `{}` || data == `[]` || data == `null`) {
					return // an account without any: among the recorded answers
				}
				_, err := answering(t, e, 200, `{"status":"0","data":`+data+`}`)
				_, unknown := errors.AsType[*client.UnknownError](err)
				if want := list || details[e.name]; unknown != want || !want && err != nil {
					t.Errorf("got %v", err)
				}
			})
		}
	}
}
