//go:build unix

package batchfile

import (
	"errors"
	"os"
	"path/filepath"
	"syscall"
)

// lock waits until no other process writes to f. It ends with unlock, or with the
// process.
func lock(f *os.File) error { return syscall.Flock(int(f.Fd()), syscall.LOCK_EX) }

func unlock(f *os.File) error { return syscall.Flock(int(f.Fd()), syscall.LOCK_UN) }

// syncFolder has the name of a new file on the disk as well.
func syncFolder(path string) error {
	folder, err := os.Open(filepath.Dir(path))
	if err != nil {
		return err
	}
	return errors.Join(folder.Sync(), folder.Close())
}
