package main

import (
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/otpworker/otpworker/worker/queue"
)

const accountsHead = `# Written by: otpworker streams --print nats
# Who may do what: each role has its key and the least that it needs, everything
# else is refused. The public keys are made by: otpworker streams --keys
include ../keys/keys.conf
accounts {
  OTP {
    jetstream: enabled
    users: [
`

const accountsTail = `    ]
  }
}
`

func printAccounts(w io.Writer, s settings) error {
	var b strings.Builder
	b.WriteString(accountsHead)
	for _, role := range s.Queue.Roles(s.use()) {
		fmt.Fprintf(&b, "      # %s: %s\n", role.Name, role.About)
		fmt.Fprintf(&b, "      {\n        nkey: $%s\n        permissions {\n", keyName(role))
		writeAllowed(&b, "publish", role.Publish)
		writeAllowed(&b, "subscribe", role.Subscribe)
		b.WriteString("        }\n      }\n")
	}
	b.WriteString(accountsTail)
	_, err := io.WriteString(w, b.String())
	return err
}

func writeAllowed(b *strings.Builder, deed string, subjects []string) {
	fmt.Fprintf(b, "          %s {\n            allow: [\n", deed)
	for _, subject := range subjects {
		fmt.Fprintf(b, "              %s\n", strconv.Quote(subject))
	}
	b.WriteString("            ]\n          }\n")
}

// keyName is the variable in keys.conf that holds a role's public key.
func keyName(role queue.Role) string { return strings.ToUpper(role.Name) + "_NKEY" }
