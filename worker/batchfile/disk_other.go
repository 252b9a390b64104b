//go:build !unix

package batchfile

import "os"

// lock does nothing: two senders that begin the same batch at the same moment
// are told apart on unix only.
func lock(*os.File) error { return nil }

func unlock(*os.File) error { return nil }

// syncFolder does nothing: a folder cannot be synced here.
func syncFolder(string) error { return nil }
