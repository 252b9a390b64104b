package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/nats-io/nkeys"

	"github.com/otpworker/otpworker/worker/queue"
)

// addKeys makes what a folder of an earlier version lacks: an identity for each
// role that its public keys do not have.
func addKeys(tell io.Writer, dir string) error {
	public := filepath.Join(dir, serverDir, publicFile)
	have, err := os.ReadFile(public)
	if err != nil {
		return err
	}
	authority, err := os.ReadFile(filepath.Join(dir, serverDir, caFile))
	if err != nil {
		return err
	}
	var added []string
	for _, role := range queue.DefaultConfig().Roles(queue.Use{}) {
		if hasKey(string(have), role) {
			continue
		}
		key, err := identityIn(filepath.Join(dir, role.Name), authority)
		if err != nil {
			return fmt.Errorf("make key of %s: %w", role.Name, err)
		}
		have = fmt.Appendf(have, "%s: %s\n", keyName(role), key)
		added = append(added, role.Name)
	}
	if len(added) == 0 {
		fmt.Fprintln(tell, "otpworker: keys are in", dir, "already, nothing was changed")
		return nil
	}
	if err := replace(public, have); err != nil {
		return err
	}
	fmt.Fprintf(tell, "otpworker: keys were in %s already, added: %s\n", dir, strings.Join(added, ", "))
	return nil
}

func hasKey(publicKeys string, role queue.Role) bool {
	for line := range strings.Lines(publicKeys) {
		if strings.HasPrefix(line, keyName(role)+":") {
			return true
		}
	}
	return false
}

// identityIn makes a role's folder, or takes the seed that an earlier run has left
// there, and returns its public key.
func identityIn(dir string, authority []byte) (public string, err error) {
	if data, err := os.ReadFile(filepath.Join(dir, seedFile)); err == nil {
		pair, err := nkeys.ParseDecoratedUserNKey(data)
		if err != nil {
			return "", err
		}
		return pair.PublicKey()
	}
	seed, public, err := newIdentity()
	if err != nil {
		return "", err
	}
	if err := writeKey(filepath.Join(dir, caFile), authority); err != nil && !errors.Is(err, fs.ErrExist) {
		return "", err
	}
	return public, writeKey(filepath.Join(dir, seedFile), seed)
}
