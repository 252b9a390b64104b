// Package batchfile sends the rows of a file as one batch, and joins its results
// with them again.
//
//	src, err := batchfile.Open("numbers.csv", nil)   // or spooled standard input
//	file, err := batchfile.Check(ctx, src, options)  // every row, before anything is sent
//	end, err := batchfile.Send(ctx, q, file, ...)    // from where an earlier run stopped
//
// A file is read twice, once to check and once to send, and never held: a row
// costs at most 16 bytes of memory, and those only while it is checked for
// duplicates.
//
// Row n of a batch, from 1, bad rows not counted, is the job <batch>-<n>. That is
// what lets a second run of the same file go on where the first one stopped.
package batchfile
