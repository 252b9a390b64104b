package batchfile

import (
	"bufio"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/otpworker/otpworker/schema"
)

// An Answer is what is kept of a result until its row is written.
type Answer struct {
	JobID          string         `json:"j"`
	Outcome        schema.Outcome `json:"o"`
	Reason         string         `json:"r,omitzero"`
	Status         string         `json:"s,omitzero"`
	VerificationID string         `json:"v,omitzero"`
	CompletedAt    time.Time      `json:"c"`
}

// Answers are the results of a batch by row, whatever their order. They lie in a
// temporary file without a name; a row takes 8 bytes of memory.
type Answers struct {
	file   *scratch
	out    *bufio.Writer
	end    uint64
	places []uint64 // of row n at n-1, plus one; 0: none
	retry  bool
	// base is the batch whose rows are counted: the one itself, or for a retry
	// the first.
	base string
	// Counts are the rows by outcome.
	Counts map[schema.Outcome]int
}

// NewAnswers is for the results of a batch whose input was a file of rows, all of
// them or, if it is a retry, some.
func NewAnswers(batchID string, d Digest, rows int) (*Answers, error) {
	file, err := newScratch()
	if err != nil {
		return nil, fmt.Errorf("open temporary file: %w", err)
	}
	return &Answers{
		file: file, out: bufio.NewWriterSize(file, 64<<10),
		places: make([]uint64, rows), retry: d.IsRetry(), base: batchID, Counts: map[schema.Outcome]int{},
	}, nil
}

// Add takes in a result. Of two for one row the first stays, and one that is for
// no row is passed over.
func (a *Answers) Add(r schema.Result) error {
	n := a.row(r)
	if n < 1 || n > len(a.places) || a.places[n-1] != 0 {
		return nil
	}
	data, err := json.Marshal(Answer{r.JobID, r.Outcome, r.Reason, r.Status, r.VerificationID, r.CompletedAt})
	if err != nil {
		return fmt.Errorf("keep result of job %s: %w", r.JobID, err)
	}
	data = append(binary.AppendUvarint(nil, uint64(len(data))), data...)
	if _, err := a.out.Write(data); err != nil {
		return fmt.Errorf("keep result of job %s: %w", r.JobID, err)
	}
	a.places[n-1] = a.end + 1
	a.end += uint64(len(data))
	a.Counts[r.Outcome]++
	return nil
}

// row is the row of the input that a result belongs to; 0 if it names none.
func (a *Answers) row(r schema.Result) int {
	id := r.JobID
	if a.retry {
		id = r.Metadata[RetryOf]
	}
	n := numberOf(id)
	if n > 0 && a.retry {
		a.base = id[:strings.LastIndexByte(id, '-')]
	}
	return n
}

// numberOf is the row of [schema.BatchJobID]; 0 of another id.
func numberOf(id string) int {
	digits := id[strings.LastIndexByte(id, '-')+1:]
	n, err := strconv.Atoi(digits)
	if err != nil || n < 1 || strconv.Itoa(n) != digits || len(digits) == len(id) {
		return 0
	}
	return n
}

// At returns the answer of row n, false if there is none.
func (a *Answers) At(n int) (Answer, bool, error) {
	if n < 1 || n > len(a.places) || a.places[n-1] == 0 {
		return Answer{}, false, nil
	}
	if err := a.out.Flush(); err != nil {
		return Answer{}, false, fmt.Errorf("keep results: %w", err)
	}
	data, err := a.read(int64(a.places[n-1] - 1))
	var answer Answer
	if err == nil {
		err = json.Unmarshal(data, &answer)
	}
	if err != nil {
		return Answer{}, false, fmt.Errorf("read kept result: %w", err)
	}
	return answer, true, nil
}

// usual is enough for nearly all answers.
const usual = 512

func (a *Answers) read(at int64) ([]byte, error) {
	buf := make([]byte, usual)
	got, err := a.file.ReadAt(buf, at)
	size, skip := binary.Uvarint(buf[:got])
	switch {
	case skip <= 0:
		return nil, errors.Join(err, io.ErrUnexpectedEOF)
	case skip+int(size) <= got:
		return buf[skip : skip+int(size)], nil
	}
	buf = make([]byte, size)
	_, err = a.file.ReadAt(buf, at+int64(skip))
	return buf, err
}

// Close closes the file, which is gone then.
func (a *Answers) Close() error { return a.file.Close() }
