package jobfile

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/otpworker/otpworker/schema"
)

// maxLine bounds a line; a job is smaller (schema.MaxBytes).
const maxLine = 64 << 10

// maxName bounds what is told of a name that is not known.
const maxName = 40

// comment begins a line that is none of the rows: see [Rejects].
const comment = '#'

func readNDJSON(in io.Reader, number int, defaults schema.Job, yield func(Row, error) bool) {
	fallback, err := fallbacks(defaults)
	if err != nil {
		yield(Row{}, fmt.Errorf("read jobs: %w", err))
		return
	}
	lines := bufio.NewReaderSize(in, maxLine)
	for ; ; number++ {
		line, err := readLine(lines)
		if errors.Is(err, io.EOF) {
			return
		}
		if err != nil && !errors.Is(err, errLongLine) {
			yield(Row{}, fmt.Errorf("read jobs: %w", err))
			return
		}
		if line = bytes.TrimSpace(line); err == nil && (len(line) == 0 || line[0] == comment) {
			continue
		}
		row := Row{Number: number, text: line}
		if err == nil {
			row.Job, err = decodeLine(line, fallback)
		}
		if err != nil {
			err = row.Bad(err)
		}
		if !yield(row, err) {
			return
		}
	}
}

var errLongLine = fmt.Errorf("is longer than %d bytes: a job has at most %d", maxLine, schema.MaxBytes)

// readLine reads a line. One that is too long costs the row and not the file: it
// is read to its end and left out. The line is good until the next read.
func readLine(in *bufio.Reader) (line []byte, err error) {
	line, err = in.ReadSlice('\n')
	if err == io.EOF && len(line) > 0 {
		return line, nil
	}
	if !errors.Is(err, bufio.ErrBufferFull) {
		return line, err
	}
	for errors.Is(err, bufio.ErrBufferFull) {
		_, err = in.ReadSlice('\n')
	}
	if err != nil && err != io.EOF {
		return nil, err
	}
	return nil, errLongLine
}

// decodeLine adds what the line leaves out and decodes it. Faults of value are
// left to the caller's Validate, and a missing id is named by it alone: the
// caller may fill one in.
func decodeLine(line []byte, fallback map[string]json.RawMessage) (schema.Job, error) {
	var fields map[string]json.RawMessage
	if json.Unmarshal(line, &fields) != nil {
		return schema.Job{}, errors.New("is not a JSON object")
	}
	if faults := unknownFields(fields); len(faults) > 0 {
		return schema.Job{}, faults
	}
	if string(fields["ttlSeconds"]) == "0" {
		return schema.Job{}, schema.Faults{{Field: "ttlSeconds", Problem: problemTTL}}
	}
	for name, value := range fallback {
		if _, ok := fields[name]; !ok {
			fields[name] = value
		}
	}
	whole, err := json.Marshal(fields)
	if err != nil {
		return schema.Job{}, errors.New("is not a JSON object")
	}
	job, err := schema.DecodeJob(whole)
	if faults, ok := errors.AsType[schema.Faults](err); ok {
		err = withoutMissingID(faults)
	}
	return job, err
}

// unknownFields are refused in a file: a misspelt one would be passed over, and its
// default sent. On the wire they are room for what comes later.
func unknownFields(fields map[string]json.RawMessage) (faults schema.Faults) {
	for name := range fields {
		if _, known := columns[name]; !known && name != "metadata" {
			faults = append(faults, unknownField(name))
		}
	}
	slices.SortFunc(faults, func(a, b schema.Fault) int { return strings.Compare(a.Field, b.Field) })
	return faults
}

func unknownField(name string) schema.Fault {
	for _, known := range append(Columns(), "metadata") {
		if strings.EqualFold(strings.NewReplacer("_", "", "-", "").Replace(name), known) {
			return schema.Fault{Field: nameable(name), Problem: "is not known: write " + known}
		}
	}
	return schema.Fault{Field: nameable(name), Problem: "is not known: use " + strings.Join(Columns(), ", ") + " or metadata"}
}

// nameable is a field's name, if it cannot be a number or a code in its place.
func nameable(name string) string {
	if len(name) > maxName || strings.Trim(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_.-") != "" {
		return "a field"
	}
	return name
}

func withoutMissingID(faults schema.Faults) error {
	missing, _ := errors.AsType[schema.Faults](schema.Job{}.Validate())
	rest := slices.DeleteFunc(faults, func(f schema.Fault) bool { return f.Field == "id" && slices.Contains(missing, f) })
	if len(rest) == 0 {
		return nil
	}
	return rest
}

// fallbacks are the wire forms of the defaults that are set.
func fallbacks(defaults schema.Job) (map[string]json.RawMessage, error) {
	data, err := json.Marshal(defaults)
	if err != nil {
		return nil, err
	}
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(data, &fields); err != nil {
		return nil, err
	}
	// The two that json.Marshal masks are filled in by hand.
	delete(fields, "code")
	delete(fields, "to")
	for name, value := range map[string]string{"code": defaults.Code.Reveal(), "to": defaults.To.Reveal()} {
		if value != "" {
			if fields[name], err = json.Marshal(value); err != nil {
				return nil, err
			}
		}
	}
	for name, value := range fields {
		if string(value) == `""` {
			delete(fields, name)
		}
	}
	return fields, nil
}
