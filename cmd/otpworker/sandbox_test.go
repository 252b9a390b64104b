package main

import (
	"bufio"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/otpworker/otpworker/client/sandbox"
	"github.com/otpworker/otpworker/schema/redact"
)

func message(state sandbox.State, text string) sandbox.Message {
	return sandbox.Message{
		Channel: "sms", To: redact.NewPhone("8613800138000"), State: state,
		Text: redact.NewPayload([]byte(text)), DoneAt: time.Date(2026, 1, 2, 3, 4, 5, 0, time.Local),
	}
}

// TestSandboxPrice: 0 is a price, and not the default.
func TestSandboxPrice(t *testing.T) {
	for text, want := range map[string]string{"0": "0.00", "0.25": "0.25"} {
		cfg, err := sandboxOptions{cfg: sandbox.Config{UnknownID: "-24", UnknownRecord: "-24"}, balance: "10", price: text}.config()
		if err != nil || cfg.Price == nil || cfg.Price.String() != want {
			t.Errorf("%s: %v, %v", text, cfg.Price, err)
		}
	}
}

// TestTellerPrintsWhatArrives, once, and nothing that a terminal would obey.
func TestTellerPrintsWhatArrives(t *testing.T) {
	var out strings.Builder
	teller := newTeller(&out)
	for _, m := range []sandbox.Message{
		message(sandbox.StateSending, "code 1234"), message(sandbox.StateSent, "code 1234"),
		message(sandbox.StateFailed, "a\x1b[31mb\nc"), message(sandbox.StateSent, "call 8613800138000"),
	} {
		teller.tell(m)
	}
	teller.end()
	want := "03:04:05  sms   ***8000  code 1234\n" +
		"03:04:05  sms   ***8000  a?[31mb?c  (not delivered)\n" +
		"03:04:05  sms   ***8000  call ***8000\n"
	if diff := cmp.Diff(want, out.String()); diff != "" {
		t.Error(diff)
	}
}

// TestTellerHoldsNobodyUp: a terminal that stands still costs messages, which
// it hears of when it goes on.
func TestTellerHoldsNobodyUp(t *testing.T) {
	reader, writer := io.Pipe()
	teller := newTeller(writer)
	const all = 3 * tellerRoom
	for range all {
		teller.tell(message(sandbox.StateSent, "code 1234"))
	}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		teller.end()
		_ = writer.Close()
	}()
	var lines []string
	for scanner := bufio.NewScanner(reader); scanner.Scan(); {
		lines = append(lines, scanner.Text())
	}
	<-ended
	i := slices.IndexFunc(lines, func(line string) bool { return strings.HasSuffix(line, "they came faster than they could be printed") })
	// One message may be in the printer's hands when the room is full.
	if n := len(lines) - 1; i != 1 || n < tellerRoom || n > tellerRoom+1 {
		t.Errorf("%d messages and a note at line %d", n, i)
	}
}
