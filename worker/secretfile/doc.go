// Package secretfile re-reads secrets that are in files while a process runs, so
// that a key can be rotated without a restart.
//
// It looks at the contents every few seconds. Inodes and times of change say
// nothing where a folder is swapped by a symbolic link, as Kubernetes does it.
//
// Files that belong together, such as a key and its secret, are taken together,
// and only when two looks in a row have found the same. If some of them are still
// what they were, the others may be half of a change: that is waited for.
package secretfile
