package main

import (
	"os"
	"testing"
)

// The ends of a pseudo-terminal are terminals.
func TestNoColorOnATerminal(t *testing.T) {
	tty, err := os.OpenFile("/dev/ptmx", os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = tty.Close() }()
	clean := map[string]string{"NO_COLOR": "", "OTPWORKER_NO_COLOR": "", "TERM": "xterm"}
	for name, value := range clean {
		t.Setenv(name, value)
	}
	if !wantsColor(tty) {
		t.Error("no colour on a terminal")
	}
	for name, value := range map[string]string{"NO_COLOR": "1", "OTPWORKER_NO_COLOR": "1", "TERM": "dumb"} {
		t.Setenv(name, value)
		if wantsColor(tty) {
			t.Errorf("colour against %s=%s", name, value)
		}
		t.Setenv(name, clean[name])
	}
}
