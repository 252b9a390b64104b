package schema

import "strings"

const (
	// maxSealed has room for the longest code, number, id and appId, padded.
	maxSealed = 1024
	// publicKeyLen is the length of a public xkey as text.
	publicKeyLen = 56
)

// checkSealed looks at the shape only: whether it can be opened is known to who
// has the key.
func (j Job) checkSealed() string {
	if !j.Code.IsZero() || !j.To.IsZero() {
		return "must stand in place of code and to: leave them out, they would be read"
	}
	const problem = "must be two public xkeys and a box in base64url without padding, with dots between them: seal the job anew"
	if len(j.Sealed) > maxSealed {
		return problem
	}
	recipient, rest, _ := strings.Cut(j.Sealed, ".")
	sender, box, _ := strings.Cut(rest, ".")
	if !isPublicKey(recipient) || !isPublicKey(sender) || box == "" || !isWord(box) {
		return problem
	}
	return ""
}

func isPublicKey(s string) bool {
	return len(s) == publicKeyLen && s[0] == 'X' && strings.Trim(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567") == ""
}
