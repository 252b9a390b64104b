package batchfile

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
)

const codesHeader = "row,jobId,to,code\n"

// maxCodesLine is more than any line of the file needs.
const maxCodesLine = 256

// A CodesFile holds the codes that were made for the rows that have none: a CSV
// of row (the line in the input), jobId, to and code.
type CodesFile struct {
	path string
	file *os.File
	in   *bufio.Reader
	// whole is where the last whole line that was read ends.
	whole int64
	// ahead is the line that find has come to.
	ahead [4]string
}

// WriteCodes makes a code for each row without one and writes them to path, which
// only this user may read. When it returns they are on the disk: nothing is sent
// whose code could be lost. What an earlier run wrote there for this batch is
// kept; a line that it did not finish is made anew.
//
// Of a batch that has begun some codes are sent. Then none are made, and a file
// without one of them is an error.
func WriteCodes(ctx context.Context, path string, f *File, batchID string, m *Maker, begun bool) (*CodesFile, error) {
	flags := os.O_RDWR
	if !begun {
		flags |= os.O_CREATE
	}
	c, err := openCodes(path, flags)
	if err != nil && begun {
		return nil, fmt.Errorf("%w: the batch has begun with the codes of this file", err)
	}
	if err != nil {
		return nil, err
	}
	if err = lock(c.file); err == nil {
		err = c.complete(ctx, f, batchID, m, begun)
		err = errors.Join(err, unlock(c.file))
	}
	if err != nil {
		return nil, errors.Join(err, c.Close())
	}
	return c, nil
}

func openCodes(path string, flags int) (*CodesFile, error) {
	file, err := os.OpenFile(path, flags, 0o600)
	if err != nil {
		return nil, err
	}
	info, err := file.Stat()
	if err == nil && !info.Mode().IsRegular() {
		err = fmt.Errorf("open %s: is not a file", path)
	}
	if err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return &CodesFile{path: path, file: file}, nil
}

// complete reads the lines that are there, writes those that are missing, and
// goes back to the first.
func (c *CodesFile) complete(ctx context.Context, f *File, batchID string, m *Maker, begun bool) error {
	if err := c.begin(); err != nil {
		return err
	}
	var out *bufio.Writer
	for job, err := range f.Jobs(batchID) {
		if err == nil && job.N%checkEvery == 0 {
			err = context.Cause(ctx)
		}
		if err != nil {
			return err
		}
		if !job.Code.IsZero() {
			continue
		}
		if out == nil {
			_, err := c.Code(job)
			if err == nil {
				continue
			}
			if !errors.Is(err, errNoCode) || begun {
				return err
			}
			if out, err = c.appender(); err != nil {
				return err
			}
		}
		if _, err := fmt.Fprintf(out, "%d,%s,%s,%s\n", job.Line, job.ID, job.To.Reveal(), m.Make().Reveal()); err != nil {
			return fmt.Errorf("write codes: %w", err)
		}
	}
	if out != nil {
		if err := errors.Join(out.Flush(), c.file.Sync(), syncFolder(c.path)); err != nil {
			return fmt.Errorf("write codes: %w", err)
		}
	}
	return c.begin()
}

// appender writes after the last whole line: a line that broke off goes.
func (c *CodesFile) appender() (*bufio.Writer, error) {
	err := c.file.Chmod(0o600) // somebody may have made it
	if err == nil {
		err = c.file.Truncate(c.whole)
	}
	if err == nil {
		_, err = c.file.Seek(c.whole, io.SeekStart)
	}
	if err != nil {
		return nil, fmt.Errorf("write codes: %w", err)
	}
	out := bufio.NewWriterSize(c.file, 64<<10)
	if c.whole == 0 {
		_, err = out.WriteString(codesHeader)
	}
	return out, err
}

// Close closes the file.
func (c *CodesFile) Close() error { return c.file.Close() }
