package batchfile

import (
	"crypto/rand"
	"errors"
	"fmt"
	"strings"

	"github.com/otpworker/otpworker/schema/redact"
)

// maxCode is the longest code a job may have.
const maxCode = 10

// minSecret is how many different codes there must be: with fewer a guess is
// right too often.
const minSecret = 10_000

// A Maker makes one-time codes.
type Maker struct {
	length   int
	alphabet string
	// limit is the first byte value that would make some characters likelier
	// than others.
	limit int
	bytes []byte
	left  []byte
}

// NewMaker makes codes of length characters, each of the alphabet with the same
// chance. All that is wrong is reported at once.
func NewMaker(length int, alphabet string) (*Maker, error) {
	var faults []error
	if length < 1 || length > maxCode {
		faults = append(faults, fmt.Errorf("length: must be 1 to %d", maxCode))
	}
	if problem := alphabetProblem(alphabet); problem != "" {
		faults = append(faults, fmt.Errorf("alphabet: %s", problem))
	}
	if len(faults) == 0 && !enough(length, len(alphabet)) {
		faults = append(faults, fmt.Errorf("length: %d of %d characters are too easily guessed: there must be %d different codes", length, len(alphabet), minSecret))
	}
	if err := errors.Join(faults...); err != nil {
		return nil, err
	}
	return &Maker{length: length, alphabet: alphabet, limit: 256 - 256%len(alphabet), bytes: make([]byte, 4096)}, nil
}

func alphabetProblem(alphabet string) string {
	if len(alphabet) < 2 {
		return "must have 2 characters or more"
	}
	for i := range len(alphabet) {
		switch {
		case alphabet[i] < '!' || alphabet[i] > '~' || alphabet[i] == ',' || alphabet[i] == '"':
			return "must be printable ASCII without spaces, commas and quotes"
		case strings.IndexByte(alphabet, alphabet[i]) < i:
			return "must have each character once: a second one would make it likelier"
		}
	}
	return ""
}

func enough(length, characters int) bool {
	codes := 1
	for range length {
		if codes *= characters; codes >= minSecret {
			return true
		}
	}
	return false
}

// Make returns a new code.
func (m *Maker) Make() redact.Code {
	var code [maxCode]byte
	for i := 0; i < m.length; {
		// A value at or above limit is thrown away: its remainder would come once
		// more often than others.
		if b := int(m.next()); b < m.limit {
			code[i] = m.alphabet[b%len(m.alphabet)]
			i++
		}
	}
	return redact.NewCode(string(code[:m.length]))
}

func (m *Maker) next() byte {
	if len(m.left) == 0 {
		_, _ = rand.Read(m.bytes) // never fails: it ends the program instead
		m.left = m.bytes
	}
	b := m.left[0]
	m.left = m.left[1:]
	return b
}
