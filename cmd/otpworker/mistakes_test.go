package main

import (
	"bytes"
	"strings"
	"testing"

	"github.com/spf13/cobra"
)

// No command shows a number or a code that was typed where none belongs, as an
// argument, as a flag or as a flag's value.
func TestMistakesAreNotShown(t *testing.T) {
	const number = "8613800138000"
	var cases [][]string
	var collect func(cmd *cobra.Command, path []string)
	collect = func(cmd *cobra.Command, path []string) {
		with := func(args ...string) { cases = append(cases, append(append([]string{}, path...), args...)) }
		with(number, number)
		with("--" + number)
		with("--" + number + "=x")
		with("--=" + number)
		with("-" + number)
		for _, sub := range cmd.Commands() {
			collect(sub, append(append([]string{}, path...), sub.Name()))
		}
	}
	root := rootCommand()
	collect(root, nil)
	if len(cases) < 100 {
		t.Fatalf("only %d cases", len(cases))
	}
	cases = append(cases, []string{"provider", "send", "--template", number + "x"}, []string{"provider", "send", "--template=9" + number + number},
		[]string{"sandbox", "--latency", number}, []string{"provider", "apply", "--yes=" + number}, []string{"provider", "report", "conversion", "--rate", number + "x"},
		[]string{"send", "--metadata", number}, []string{"provider", "verify", "1", "--code-file", number},
		[]string{"provider", "balance", "-o", number}, []string{"provider", "export", "-o", number},
		[]string{"provider", "app", "create", "--name", "login", "--total-limit", number}, []string{"provider", "flow", "create", "--name", "later", "--node", number},
		[]string{"provider", "template", "create", "--app", "app1", "--name", "text", "--text", "x", "--code-type", number},
		[]string{"sandbox", "--unknown-id", number + number}, []string{"sandbox", "--unknown-record", number + number},
		[]string{"help", number}, []string{"completion", number}, []string{"completion", "bash", number})
	t.Setenv("NATS_URL", "nats://127.0.0.1:1") // dead replay takes any ids
	for _, args := range cases {
		var out, errOut bytes.Buffer
		code := run(args, strings.NewReader(""), &out, &errOut)
		if shown := out.String() + errOut.String(); strings.Contains(shown, number) || shown == "" {
			t.Errorf("%q: exit code %d\n%s", args, code, shown)
		}
	}
}

func TestMistakesAreExplained(t *testing.T) {
	for line, want := range map[string]string{
		"provider send --template 1x":         "--template: expects a whole number, not too large",
		"provider report conversion --rate x": "--rate: expects a number such as 87.5",
		"sandbox --latency 5":                 "--latency: expects a time with its unit, such as 30s or 5m",
		"provider apply --yes=maybe":          "--yes: expects true or false",
		"send --metadata x":                   "--metadata: expects key=value",
		"provider send --to":                  "flag needs an argument: --to",
		"provider plan -f":                    "flag needs an argument: --file",
		"provider send --bogus":               "unknown flag: --bogus",
		"provider send 8613800138000":         `unexpected argument to "otpworker provider send" (not shown: it may be a number or a code); usage: otpworker provider send --app ID`,
		"provider get":                        `unknown command "get" for "otpworker provider"`,
		"provider recor":                      "Did you mean this?\n\trecord\n",
		"sned":                                "Did you mean this?\n\tsend\n",
		"provider verify 1 2":                 "accepts 1 arg(s), received 2; usage: otpworker provider verify VERIFICATION_ID",
	} {
		var out, errOut bytes.Buffer
		if code := run(strings.Fields(line), strings.NewReader(""), &out, &errOut); code != exitUsage || !strings.Contains(errOut.String(), want) {
			t.Errorf("%s: exit code %d\n%s", line, code, errOut.String())
		}
	}
}
