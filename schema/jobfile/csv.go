package jobfile

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/otpworker/otpworker/schema"
	"github.com/otpworker/otpworker/schema/redact"
)

// metadataPrefix begins the columns that become metadata: metadata.user.
const metadataPrefix = "metadata."

// columns sets a field of a job from the text of a cell.
var columns = map[string]func(*schema.Job, string) error{
	"id":         func(j *schema.Job, s string) error { j.ID = s; return nil },
	"appId":      func(j *schema.Job, s string) error { j.AppID = s; return nil },
	"templateId": func(j *schema.Job, s string) error { return whole(&j.TemplateID, s) },
	"code":       func(j *schema.Job, s string) error { j.Code = redact.NewCode(s); return nil },
	"flowId":     func(j *schema.Job, s string) error { return whole(&j.FlowID, s) },
	"to":         func(j *schema.Job, s string) error { j.To = redact.NewPhone(s); return nil },
	"channel":    func(j *schema.Job, s string) error { j.Channel = schema.Channel(s); return nil },
	"orderId":    func(j *schema.Job, s string) error { j.OrderID = s; return nil },
	"replyTo":    func(j *schema.Job, s string) error { j.ReplyTo = s; return nil },
	"createdAt":  func(j *schema.Job, s string) error { return instant(&j.CreatedAt, s) },
	"expiresAt":  func(j *schema.Job, s string) error { return instant(&j.ExpiresAt, s) },
	"ttlSeconds": func(j *schema.Job, s string) error { return whole(&j.TTLSeconds, s) },
	"batchId":    func(j *schema.Job, s string) error { j.BatchID = s; return nil },
}

// Columns are the names a CSV's header may use, beside metadata.<key>.
func Columns() []string { return slices.Sorted(maps.Keys(columns)) }

func whole[T int | int64](to *T, s string) error {
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil {
		return errors.New("must be a whole number")
	}
	*to = T(n)
	return nil
}

func instant(to *time.Time, s string) error {
	t, err := time.Parse(time.RFC3339, s)
	if err != nil {
		return errors.New("must be a time as in RFC 3339, such as 2026-11-21T09:00:00Z")
	}
	*to = t
	return nil
}

func readCSV(in io.Reader, defaults schema.Job, yield func(Row, error) bool) {
	reader := csv.NewReader(in)
	reader.ReuseRecord = true
	reader.TrimLeadingSpace = true
	header, err := reader.Read()
	if err == nil {
		header = slices.Clone(header)
		err = checkHeader(header)
	}
	if err != nil {
		yield(Row{}, fmt.Errorf("read header: %w", plain(err)))
		return
	}
	for {
		record, err := reader.Read()
		if errors.Is(err, io.EOF) {
			return
		}
		row, err := readRecord(reader, header, record, defaults, err)
		if !yield(row, err) {
			return
		}
		var bad *RowError
		if err != nil && !errors.As(err, &bad) {
			return
		}
	}
}

// readRecord makes a row of a record. A record with a quote gone astray ends
// the file: where the next one begins is a guess.
func readRecord(reader *csv.Reader, header, record []string, defaults schema.Job, err error) (Row, error) {
	var parse *csv.ParseError
	switch {
	case errors.As(err, &parse) && errors.Is(err, csv.ErrFieldCount):
		return Row{Number: parse.StartLine}, &RowError{parse.StartLine, fmt.Errorf("has %d columns, the header %d", len(record), len(header))}
	case err != nil:
		return Row{}, fmt.Errorf("read jobs: %w", plain(err))
	}
	line, _ := reader.FieldPos(0)
	job, err := fill(defaults, header, record)
	if err != nil {
		return Row{Number: line}, &RowError{line, err}
	}
	return Row{Number: line, Job: job}, nil
}

// fill sets a job's fields from the cells that are not empty.
func fill(job schema.Job, header, record []string) (schema.Job, error) {
	job.Metadata = maps.Clone(job.Metadata)
	var faults schema.Faults
	for i, name := range header {
		cell := strings.TrimSpace(record[i])
		if cell == "" {
			continue
		}
		if key, ok := strings.CutPrefix(name, metadataPrefix); ok {
			if job.Metadata == nil {
				job.Metadata = map[string]string{}
			}
			job.Metadata[key] = cell
		} else if err := columns[name](&job, cell); err != nil {
			faults = append(faults, schema.Fault{Field: name, Problem: err.Error()})
		}
	}
	if len(faults) > 0 {
		return schema.Job{}, faults
	}
	return job, nil
}

func checkHeader(header []string) error {
	seen := map[string]bool{}
	for i, name := range header {
		name = strings.TrimSpace(name)
		header[i] = name
		_, known := columns[name]
		switch {
		case !known && !strings.HasPrefix(name, metadataPrefix):
			return fmt.Errorf("column %d is not known: use %s or metadata.<key>", i+1, strings.Join(Columns(), ", "))
		case seen[name]:
			return fmt.Errorf("column %d repeats %s", i+1, name)
		}
		seen[name] = true
	}
	return nil
}

// plain keeps csv's error free of the row's text; it has none today.
func plain(err error) error {
	if parse, ok := errors.AsType[*csv.ParseError](err); ok {
		return fmt.Errorf("line %d: %w", parse.Line, parse.Err)
	}
	return err
}
