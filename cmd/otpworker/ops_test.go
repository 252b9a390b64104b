package main

import (
	"bytes"
	"log/slog"
	"net"
	"strings"
	"testing"
)

// A second worker on this machine goes on without the usual port, and says how to
// give it one; a port that was chosen has to be had.
func TestOperatorsPortTaken(t *testing.T) {
	// Whoever has it, it is taken.
	usual, err := net.Listen("tcp", defaultHTTP)
	if err == nil {
		defer usual.Close()
	}
	chosen, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer chosen.Close()
	for addr, fails := range map[string]bool{defaultHTTP: false, chosen.Addr().String(): true, httpOff: false, "127.0.0.1:0": false} {
		var log bytes.Buffer
		o, err := openOperator(t.Context(), local{HTTP: addr}, nil, slog.New(slog.NewTextHandler(&log, nil)))
		if (err != nil) != fails {
			t.Errorf("%s: %v", addr, err)
		}
		if warned := strings.Contains(log.String(), "WARN"); warned != (addr == defaultHTTP) {
			t.Errorf("%s: %s", addr, log.String())
		}
		if addr == defaultHTTP && (o.port != nil || !strings.Contains(log.String(), "set OTPWORKER_HTTP to another address, or to off")) {
			t.Errorf("%s: %s", addr, log.String())
		}
		if o != nil {
			o.close()
		}
	}
}

func TestHealthURL(t *testing.T) {
	for addr, want := range map[string]string{
		"127.0.0.1:8081": "http://127.0.0.1:8081/readyz", ":8081": "http://127.0.0.1:8081/readyz", "0.0.0.0:80": "http://127.0.0.1:80/readyz",
		"[::]:8081": "http://[::1]:8081/readyz", "[::1]:8081": "http://[::1]:8081/readyz", "worker:8081": "http://worker:8081/readyz",
		"8081": "", "127.0.0.1": "", "127.0.0.1:http": "", "": "",
	} {
		got, err := healthURL(addr, true)
		if got != want || (err == nil) != (want != "") {
			t.Errorf("%q: %s, %v", addr, got, err)
		}
	}
	if got, _ := healthURL(":1", false); got != "http://127.0.0.1:1/healthz" {
		t.Errorf("alive: %s", got)
	}
}

func TestLocalHTTP(t *testing.T) {
	for addr, good := range map[string]bool{
		"off": true, "127.0.0.1:8081": true, ":8081": true, "[::1]:0": true, "0.0.0.0:80": true,
		"on": false, "8081": false, "127.0.0.1": false, "127.0.0.1:http": false, "127.0.0.1:99999": false,
	} {
		err := local{Listen: "127.0.0.1:4222", HTTP: addr, LogFormat: "auto"}.validate()
		if (err == nil) != good || err != nil && !strings.HasPrefix(err.Error(), "OTPWORKER_HTTP: ") {
			t.Errorf("%q: %v", addr, err)
		}
	}
}
