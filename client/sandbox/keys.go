package sandbox

import (
	"sync"

	"github.com/otpworker/otpworker/schema/redact"
)

// keys are those of the account, each with its secret.
type keys struct {
	mu      sync.RWMutex
	secrets map[string]redact.Secret
}

// AddKey lets in another key of the account, or an old one with a new secret.
func (s *Sandbox) AddKey(key, secret redact.Secret) { s.keys.put(key, secret) }

// DropKey no longer lets in a key: what is signed with it is refused with -1.
func (s *Sandbox) DropKey(key redact.Secret) {
	s.keys.mu.Lock()
	defer s.keys.mu.Unlock()
	delete(s.keys.secrets, key.Reveal())
}

func (k *keys) put(key, secret redact.Secret) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.secrets == nil {
		k.secrets = map[string]redact.Secret{}
	}
	k.secrets[key.Reveal()] = secret
}

func (k *keys) get(key redact.Secret) (secret redact.Secret, known bool) {
	k.mu.RLock()
	defer k.mu.RUnlock()
	secret, known = k.secrets[key.Reveal()]
	return secret, known
}
