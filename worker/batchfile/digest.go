package batchfile

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"
)

// A Digest tells the input of one batch from another's. In hexadecimal: 16 bytes
// of all of it, 16 of the file's text alone, and one that says how rows were
// chosen, which is what [Check] must know to find the same rows again.
type Digest string

const (
	digestAll  = 32
	digestText = 64
	digestLen  = 66
)

// The bits of the last byte.
const (
	codesMade = 1 << iota
	duplicatesAllowed
	retryOfOther
)

func (o Options) digest(content string, chosen *rowSet) Digest {
	flags := 0
	for bit, on := range map[int]bool{codesMade: o.MakeCodes, duplicatesAllowed: o.AllowDuplicates, retryOfOther: chosen != nil} {
		if on {
			flags |= bit
		}
	}
	all := sha256.New()
	d := o.Defaults
	fmt.Fprintf(all, "%x\n%q %d %d %q %d %d\n", content, d.AppID, d.TemplateID, d.FlowID, d.Channel, d.TTLSeconds, flags)
	if chosen != nil {
		fmt.Fprintf(all, "%x\n", chosen.words)
	}
	return Digest(hex.EncodeToString(all.Sum(nil)[:16]) + hex.EncodeToString([]byte(content[:16])) + fmt.Sprintf("%02x", flags))
}

// DefaultID is the batch id of an input that was given none.
func (d Digest) DefaultID() string { return "b-" + string(d[:12]) }

// SameText reports whether both are of one file, whatever the settings.
func (d Digest) SameText(other Digest) bool {
	return d.valid() && other.valid() && d[digestAll:digestText] == other[digestAll:digestText]
}

// Differs says in what the input of a batch differs from this one; "" if in
// nothing.
func (d Digest) Differs(other Digest) string {
	switch {
	case d == other:
		return ""
	case !d.SameText(other):
		return "the file"
	case d.flag(retryOfOther) != other.flag(retryOfOther):
		return "the choice of rows (one of them is a retry)"
	case d.flag(codesMade) != other.flag(codesMade):
		return "--codes-out (one of them makes codes)"
	case d.flag(duplicatesAllowed) != other.flag(duplicatesAllowed):
		return "--allow-duplicates"
	case d.flag(retryOfOther):
		return "the rows to retry, or one of --template, --flow, --channel and --ttl"
	}
	return "one of --app, --template, --flow, --channel and --ttl"
}

// Options returns how rows were chosen; the rest of the options is not in a
// digest.
func (d Digest) Options() Options {
	return Options{MakeCodes: d.flag(codesMade), AllowDuplicates: d.flag(duplicatesAllowed)}
}

// IsRetry reports whether the batch sends rows of another one again.
func (d Digest) IsRetry() bool { return d.flag(retryOfOther) }

func (d Digest) valid() bool {
	return len(d) == digestLen && strings.Trim(string(d), "0123456789abcdef") == ""
}

func (d Digest) flag(bit byte) bool {
	if !d.valid() {
		return false
	}
	flags, err := hex.DecodeString(string(d[digestText:]))
	return err == nil && flags[0]&bit != 0
}
