package main

import (
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strings"
)

// renewCert makes another certificate for the servers, of the authority in the
// folder.
func renewCert(tell io.Writer, dir string, hosts []string) error {
	ca, err := readAuthority(filepath.Join(dir, serverDir, caFile), filepath.Join(dir, caKeyFile))
	if err != nil {
		return err
	}
	cert, key, err := ca.issue(hosts)
	if err != nil {
		return err
	}
	if err := replace(filepath.Join(dir, serverDir, keyFile), key); err != nil {
		return err
	}
	if err := replace(filepath.Join(dir, serverDir, certFile), cert); err != nil {
		return err
	}
	fmt.Fprintf(tell, "otpworker: renewed the certificate in %s for %s, it ends %s; reload the servers\n",
		filepath.Join(dir, serverDir), strings.Join(hosts, ", "), ca.ends().Format("2006-01-02"))
	return nil
}

// replace leaves the former file if anything fails.
func replace(path string, data []byte) error {
	f, err := createOut(path)
	if err != nil {
		return err
	}
	if _, err := f.Write(data); err != nil {
		return errors.Join(err, f.drop())
	}
	return f.keep()
}
