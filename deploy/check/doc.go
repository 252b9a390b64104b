// Package check holds the files of deploy to the code and to what will read
// them. It is a module of its own, because what can read them weighs more than
// the worker.
package check
