package main

import (
	"regexp"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"
)

// until COMMAND REGEXP runs a command, without quotes in it, until its standard
// output matches.
func cmdUntil(ts *testscript.TestScript, neg bool, args []string) {
	want(ts, !neg && len(args) == 2, "until COMMAND REGEXP")
	re, err := regexp.Compile("(?m)" + args[1])
	ts.Check(err)
	words := strings.Fields(args[0])
	var last string
	if !until(func() bool {
		last = ""
		if err := ts.Exec(words[0], words[1:]...); err == nil {
			last = ts.ReadFile("stdout")
		}
		return re.MatchString(last)
	}) {
		ts.Fatalf("no %s from %s after %s; at last:\n%s", args[1], args[0], patience, last)
	}
}
