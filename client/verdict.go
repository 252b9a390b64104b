package client

import "fmt"

// Verdict is what became of a verification: the provider's matched. Verify
// gives all of them, a Record the first five. Its zero value is
// VerdictMatched, as on the wire: never leave it unset.
type Verdict int

const (
	VerdictMissing     Verdict = -2 // ours: the answer did not say
	VerdictNotVerified Verdict = -1 // no code was entered yet
	VerdictMatched     Verdict = 0
	VerdictSending     Verdict = 1 // the message is on its way
	VerdictWrongCode   Verdict = 2
	VerdictNoSuchID    Verdict = 3 // the verificationId is unknown
	VerdictAlreadyUsed Verdict = 4
	VerdictCodeExpired Verdict = 5
)

func (v Verdict) String() string {
	switch v {
	case VerdictMissing:
		return "missing"
	case VerdictNotVerified:
		return "not verified"
	case VerdictMatched:
		return "matched"
	case VerdictSending:
		return "sending"
	case VerdictWrongCode:
		return "wrong code"
	case VerdictNoSuchID:
		return "no such verification id"
	case VerdictAlreadyUsed:
		return "already used"
	case VerdictCodeExpired:
		return "code expired"
	}
	return fmt.Sprintf("verdict %d", int(v))
}

// verdict takes a number, or a text that holds one. Nothing else may look like
// the 0 that means "matched".
func (f fields) verdict(name string) Verdict {
	var n integer
	if raw := f.raw[name]; !absent(raw) {
		_ = n.UnmarshalJSON(raw)
	}
	if !n.set {
		return VerdictMissing
	}
	return Verdict(n.n)
}
