package client_test

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"

	"github.com/otpworker/otpworker/client"
)

// recorder is the other end of a connection: it keeps every byte of each
// request and gives the same answer to all.
func recorder(t *testing.T, answer string, got *bytes.Buffer) func(context.Context, string, string) (net.Conn, error) {
	return func(context.Context, string, string) (net.Conn, error) {
		ours, theirs := net.Pipe()
		go func() {
			defer func() { _ = theirs.Close() }()
			r := bufio.NewReader(io.TeeReader(theirs, got))
			for {
				req, err := http.ReadRequest(r)
				if err != nil {
					return
				}
				if _, err := io.Copy(io.Discard, req.Body); err != nil {
					t.Errorf("the request's body: %v", err)
				}
				_, _ = io.WriteString(theirs, answer)
			}
		}()
		return ours, nil
	}
}

// TestSignedRequestByteByByte: the clock of a bubble starts at 2000-01-01, and
// the signature below is the MD5 of bDqJFiq9, 7bz1lzh9 and 946684800.
func TestSignedRequestByteByByte(t *testing.T) {
	const signed = "Api-Key: bDqJFiq9\r\nContent-Type: application/json;charset=UTF-8\r\n" +
		"Sign: 47ce7060a422cb84ecf7af61e8c54732\r\nTimestamp: 946684800\r\n\r\n"
	for _, e := range allEndpoints() {
		t.Run(e.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var got bytes.Buffer
				c := newClient(t, client.Config{BaseURL: "http://localhost/otp", Dial: recorder(t, reply(`{"status":"-18"}`), &got)})
				if _, err := e.call(t.Context(), c); err == nil {
					t.Error("a refusal is accepted")
				}
				length := ""
				if e.body != "" {
					length = fmt.Sprintf("Content-Length: %d\r\n", len(e.body))
				}
				want := e.method + " " + e.path + " HTTP/1.1\r\nHost: localhost\r\nUser-Agent: otpworker\r\n" + length + signed + e.body
				if diff := cmp.Diff(want, got.String()); diff != "" {
					t.Errorf("request (-want +got):\n%s", diff)
				}
			})
		})
	}
}
