package main

import (
	"io"
	"net/http"
	"os"
	"strconv"

	"github.com/rogpeppe/go-internal/testscript"
)

// fetch PATH FILE [STATUS] gets a page of the operator's port at OTPWORKER_HTTP.
func cmdFetch(ts *testscript.TestScript, neg bool, args []string) {
	want(ts, !neg && (len(args) == 2 || len(args) == 3), "fetch PATH FILE [STATUS]")
	status := http.StatusOK
	if len(args) == 3 {
		var err error
		status, err = strconv.Atoi(args[2])
		ts.Check(err)
	}
	resp, err := http.Get("http://" + ts.Getenv("OTPWORKER_HTTP") + args[0])
	ts.Check(err)
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	ts.Check(err)
	if resp.StatusCode != status {
		ts.Fatalf("%s: %s: %s", args[0], resp.Status, body)
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[1]), body, 0o600))
}
