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

// The files of a role's folder and of the server's. The certificates have the
// names that Kubernetes gives them.
const (
	seedFile   = "nkey"
	caFile     = "ca.crt"
	caKeyFile  = "ca.key"
	certFile   = "tls.crt"
	keyFile    = "tls.key"
	publicFile = "keys.conf"
	serverDir  = "nats"
)

// writeKeys makes an identity for each role and a certificate for the servers.
// The public keys are written last: a folder with them is complete.
func writeKeys(tell io.Writer, dir string, hosts []string) error {
	public := filepath.Join(dir, serverDir, publicFile)
	if _, err := os.Stat(public); err == nil {
		return addKeys(tell, dir)
	}
	ca, err := newAuthority()
	if err != nil {
		return err
	}
	cert, key, err := ca.issue(hosts)
	if err != nil {
		return err
	}
	files := map[string][]byte{
		caKeyFile:                          ca.keyPEM,
		filepath.Join(serverDir, caFile):   ca.certPEM,
		filepath.Join(serverDir, certFile): cert,
		filepath.Join(serverDir, keyFile):  key,
	}
	var keys strings.Builder
	keys.WriteString("# Public keys of the roles in accounts.conf.\n")
	for _, role := range queue.DefaultConfig().Roles(queue.Use{}) {
		seed, publicKey, err := newIdentity()
		if err != nil {
			return fmt.Errorf("make key of %s: %w", role.Name, err)
		}
		fmt.Fprintf(&keys, "%s: %s\n", keyName(role), publicKey)
		files[filepath.Join(role.Name, seedFile)] = seed
		files[filepath.Join(role.Name, caFile)] = ca.certPEM
	}
	for name, data := range files {
		if err := writeKey(filepath.Join(dir, name), data); err != nil {
			return err
		}
	}
	if err := writeKey(public, []byte(keys.String())); err != nil {
		return err
	}
	fmt.Fprintf(tell, "otpworker: wrote keys to %s; the certificate for %s ends %s\n", dir, strings.Join(hosts, ", "), ca.ends().Format("2006-01-02"))
	return nil
}

func newIdentity() (seed []byte, public string, err error) {
	pair, err := nkeys.CreateUser()
	if err != nil {
		return nil, "", err
	}
	seed, err = pair.Seed()
	if err != nil {
		return nil, "", err
	}
	public, err = pair.PublicKey()
	return append(seed, '\n'), public, err
}

// writeKey never overwrites: a key that is lost is lost.
func writeKey(path string, data []byte) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("%w: an earlier run was broken off: empty the folder", err)
	}
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	return errors.Join(err, f.Close())
}
