package seal

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/nats-io/nkeys"

	"github.com/otpworker/otpworker/schema/redact"
)

const (
	// maxKeys bounds the seeds of a worker: the current one and former ones.
	maxKeys = 16
	// publicKeyLen is checked first: nkeys panics on a longer key.
	publicKeyLen = 56
)

// NewSeed makes a key pair. The seed is for the workers only.
func NewSeed() (seed redact.Secret, publicKey string, err error) {
	pair, err := nkeys.CreateCurveKeys()
	if err != nil {
		return redact.Secret{}, "", fmt.Errorf("make key: %w", err)
	}
	defer pair.Wipe()
	text, err := pair.Seed()
	if err != nil {
		return redact.Secret{}, "", fmt.Errorf("make key: %w", err)
	}
	if publicKey, err = pair.PublicKey(); err != nil {
		return redact.Secret{}, "", fmt.Errorf("make key: %w", err)
	}
	return redact.NewSecret(string(text)), publicKey, nil
}

// CheckPublicKey returns nil if jobs can be sealed for this key. The error does
// not quote it: it may be a seed.
func CheckPublicKey(publicKey string) error {
	switch {
	case strings.HasPrefix(publicKey, "SX"):
		return errors.New("this is a seed, which is for workers only: give the public key, which begins with X")
	case len(publicKey) != publicKeyLen || !nkeys.IsValidPublicCurveKey(publicKey):
		return errors.New("not a public xkey: it begins with X and has 56 characters, see otpworker keys")
	}
	return nil
}

// Keys open jobs. The zero value has no key and opens none.
type Keys struct {
	pairs   map[string]nkeys.KeyPair
	publics []string
}

// ParseKeys reads 1 to 16 seeds with white space or commas between them: the
// current one first, then former ones whose jobs may still come. The error quotes
// nothing.
func ParseKeys(seeds redact.Secret) (*Keys, error) {
	words := strings.FieldsFunc(seeds.Reveal(), func(r rune) bool { return strings.ContainsRune(", \t\r\n", r) })
	if len(words) == 0 || len(words) > maxKeys {
		return nil, fmt.Errorf("read seal seeds: found %d, expects 1 to %d", len(words), maxKeys)
	}
	k := &Keys{pairs: map[string]nkeys.KeyPair{}}
	for i, word := range words {
		pair, err := nkeys.FromCurveSeed([]byte(word))
		if err != nil {
			return nil, fmt.Errorf("read seal seeds: seed %d is none: it begins with SX, see otpworker keys", i+1)
		}
		public, err := pair.PublicKey()
		if err != nil {
			return nil, fmt.Errorf("read seal seeds: seed %d: %w", i+1, err)
		}
		if k.pairs[public] == nil {
			k.publics = append(k.publics, public)
		}
		k.pairs[public] = pair
	}
	return k, nil
}

// PublicKeys returns the public keys, the current one first.
func (k *Keys) PublicKeys() []string {
	if k == nil {
		return nil
	}
	return slices.Clone(k.publics)
}
