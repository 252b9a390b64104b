package batchfile

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/otpworker/otpworker/schema/redact"
)

// OpenCodes opens what [WriteCodes] has written.
func OpenCodes(path string) (*CodesFile, error) {
	c, err := openCodes(path, os.O_RDONLY)
	if err != nil {
		return nil, err
	}
	if err := c.begin(); err != nil {
		return nil, errors.Join(err, c.Close())
	}
	return c, nil
}

// begin goes to the first line after the header.
func (c *CodesFile) begin() error {
	if _, err := c.file.Seek(0, io.SeekStart); err != nil {
		return err
	}
	c.in, c.whole = bufio.NewReaderSize(c.file, 64<<10), 0
	header, err := c.in.Peek(len(codesHeader))
	switch {
	case err != nil && !errors.Is(err, io.EOF):
		return fmt.Errorf("read codes: %w", err)
	case !strings.HasPrefix(codesHeader, string(header)):
		return fmt.Errorf("%s: is not a file of codes (%s): name another file", c.path, strings.TrimSpace(codesHeader))
	case err == nil:
		_, err = c.line()
		return err
	}
	return nil // an earlier run broke off within the header
}

// line returns the next whole line, or io.EOF.
func (c *CodesFile) line() (string, error) {
	line, err := c.in.ReadSlice('\n')
	if err != nil {
		if errors.Is(err, bufio.ErrBufferFull) {
			return string(line[:maxCodesLine]), nil // nothing of ours
		}
		return "", err
	}
	c.whole += int64(len(line))
	return string(line), nil
}

// errNoCode says that the file has no line for a row.
var errNoCode = errors.New("has no code for it")

// Code returns the code that was made for a row. Rows are asked for in the order
// of the file, and only those that have no code of their own.
func (c *CodesFile) Code(job Job) (redact.Code, error) {
	line, err := c.line()
	cells := strings.Split(strings.TrimSuffix(line, "\n"), ",")
	switch {
	case errors.Is(err, io.EOF):
		return redact.Code{}, fmt.Errorf("row %d: %s %w", job.Line, c.path, errNoCode)
	case err != nil:
		return redact.Code{}, fmt.Errorf("read codes: %w", err)
	case len(cells) != 4 || cells[1] != job.ID || cells[2] != job.To.Reveal() || cells[3] == "":
		return redact.Code{}, fmt.Errorf("row %d: %s holds the codes of another batch: name another file", job.Line, c.path)
	}
	return redact.NewCode(cells[3]), nil
}

// find returns the code of a job. Jobs are asked for in the order of the file;
// one that has no line has no code.
func (c *CodesFile) find(jobID string) (redact.Code, error) {
	for numberOf(c.ahead[1]) < numberOf(jobID) {
		line, err := c.line()
		if errors.Is(err, io.EOF) {
			return redact.Code{}, nil
		}
		cells := strings.Split(strings.TrimSuffix(line, "\n"), ",")
		if err == nil && len(cells) != 4 {
			err = fmt.Errorf("%s: is not a file of codes", c.path)
		}
		if err != nil {
			return redact.Code{}, fmt.Errorf("read codes: %w", err)
		}
		c.ahead = [4]string(cells)
	}
	if c.ahead[1] != jobID {
		return redact.Code{}, nil
	}
	return redact.NewCode(c.ahead[3]), nil
}
