package client_test

import (
	"testing"

	"github.com/otpworker/otpworker/client"
)

// TestNothingDone: which refusals prove it, by what was called.
func TestNothingDone(t *testing.T) {
	for status, want := range map[string]struct{ send, change bool }{
		"":       {true, true},
		"-1":     {true, true},
		"-2":     {true, true},
		"-10":    {true, true},
		"-13":    {false, false},
		"-16":    {true, true},
		"-18":    {false, false},
		"-20":    {false, true},
		"-21":    {true, true},
		"-22":    {true, true},
		"-23":    {true, true},
		"-24":    {true, true},
		"-25":    {true, true},
		"-26":    {false, true},
		"-27":    {true, true},
		"-28":    {true, true},
		"-29":    {true, true},
		"-30":    {false, false},
		"-99999": {false, false},
		"17":     {false, false},
	} {
		for op, want := range map[string]bool{
			"send": want.send, "sendRule": want.send, "resend": want.send,
			"app/add": want.change, "template/update": want.change, "verify": want.change, "postback/backfill": want.change,
			"balance": true, "app/details": true, "template/list": true, "flow/details": true, "record": true, "orderId/record": true,
		} {
			if got := (&client.RefusedError{Op: op, Status: status}).NothingDone(); got != want {
				t.Errorf("%s refused with %q: %t", op, status, got)
			}
		}
	}
}
