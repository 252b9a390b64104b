//go:build !unix

package bench

import "errors"

// used is not known here.
func used() (Usage, error) {
	return Usage{}, errors.New("bench needs a system that tells what a process has used: Linux, macOS or BSD")
}
