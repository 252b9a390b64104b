package sandbox

import (
	"math/rand/v2"

	"github.com/otpworker/otpworker/schema/redact"
)

// Types of codes that the provider makes.
const (
	codeNumeric      = 1
	codeAlpha        = 2
	codeAlphanumeric = 3
	codeHex          = 4
)

var alphabets = map[int]string{
	codeNumeric:      "0123456789",
	codeAlpha:        "ABCDEFGHIJKLMNOPQRSTUVWXYZ",
	codeAlphanumeric: "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ",
	codeHex:          "0123456789abcdef",
}

// newCodeSource begins each sandbox with the same codes, so that a run can be
// repeated. They protect nothing.
func newCodeSource() *rand.Rand { return rand.New(rand.NewPCG(1, 2)) }

func makeCode(r *rand.Rand, t *template) redact.Code {
	alphabet := alphabets[t.CodeType]
	code := make([]byte, t.CodeLength)
	for i := range code {
		code[i] = alphabet[r.IntN(len(alphabet))]
	}
	return redact.NewCode(string(code))
}
