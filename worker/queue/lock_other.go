//go:build !unix

package queue

import (
	"fmt"
	"os"
)

// lockDir relies on the listen address to keep a second server away: these
// systems have no lock that ends with its process in the standard library.
func lockDir(dir string) (unlock func(), err error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("make data folder: %w", err)
	}
	return func() {}, nil
}
