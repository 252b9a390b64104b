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
	"ttlSeconds": func(j *schema.Job, s string) error { return seconds(&j.TTLSeconds, s) },
	"batchId":    func(j *schema.Job, s string) error { j.BatchID = s; return nil },
	"sealed":     func(j *schema.Job, s string) error { j.Sealed = s; return nil },
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

// problemTTL is of a 0 that somebody has written: to leave it out means the default.
const problemTTL = "must be 1 to 3600, or left out"

func seconds(to *int, s string) error {
	err := whole(to, s)
	if err == nil && *to == 0 {
		err = errors.New(problemTTL)
	}
	return err
}

func instant(to *time.Time, s string) error {
	t, err := time.Parse(time.RFC3339, s)
	if err != nil {
		return errors.New("must be a time as in RFC 3339, such as 2026-11-21T09:00:00Z")
	}
	*to = t
	return nil
}

// A csvFile is a CSV whose first line is line skipped+1 of the file.
type csvFile struct {
	*csv.Reader
	in      *bounded
	skipped int
	last    int // line of the last row
	header  []string
	text    string // the header's
	reasons int    // how many columns of [Rejects] come first
}

func readCSV(in io.Reader, line int, defaults schema.Job, yield func(Row, error) bool) {
	limit := &bounded{r: in}
	f := &csvFile{Reader: csv.NewReader(limit), in: limit, skipped: line - 1}
	f.ReuseRecord = true
	f.TrimLeadingSpace = true
	if err := f.readHeader(); err != nil {
		yield(Row{}, fmt.Errorf("read header: %w", err))
		return
	}
	for {
		limit.begin(f.InputOffset())
		record, err := f.Read()
		if errors.Is(err, io.EOF) {
			return
		}
		row, err := f.row(record, defaults, err)
		if !yield(row, err) {
			return
		}
		var bad *RowError
		if err != nil && !errors.As(err, &bad) {
			return
		}
	}
}

func (f *csvFile) readHeader() error {
	f.in.begin(0)
	header, err := f.Read()
	if err != nil {
		return f.plain(err)
	}
	f.header = slices.Clone(header)
	f.reasons = reasonsOf(f.header)
	f.text = withoutReasons(string(f.in.until(f.InputOffset())), f.reasons)
	return checkHeader(f.header, f.reasons)
}

// row makes a row of a record. One with a quote inside a bare cell ends with
// its line; one with a quote gone astray ends the file: where the next record
// begins is a guess.
func (f *csvFile) row(record []string, defaults schema.Job, err error) (Row, error) {
	parse, _ := errors.AsType[*csv.ParseError](err)
	switch {
	case errors.Is(err, csv.ErrFieldCount):
		return f.bad(parse.StartLine, fmt.Errorf("has %d columns, the header %d", len(record), len(f.header)))
	case errors.Is(err, csv.ErrBareQuote):
		return f.bad(parse.StartLine, errors.New(`has a quote inside a cell: put the cell in quotes and write the quote twice`))
	case errors.Is(err, errLong):
		return Row{}, fmt.Errorf("read jobs: the row after line %d %w", f.last, errLong)
	case errors.Is(err, csv.ErrQuote):
		return Row{}, fmt.Errorf("read jobs: %w", f.astray(parse))
	case err != nil:
		return Row{}, fmt.Errorf("read jobs: %w", f.plain(err))
	}
	line, _ := f.FieldPos(0)
	f.last = f.skipped + line
	row := f.at(line)
	if row.Job, err = fill(defaults, f.header[f.reasons:], record[f.reasons:]); err != nil {
		return f.bad(line, err)
	}
	return row, nil
}

func (f *csvFile) at(line int) Row {
	return Row{Number: f.skipped + line, text: f.in.until(f.InputOffset()), header: f.text, reasons: f.reasons}
}

func (f *csvFile) bad(line int, err error) (Row, error) {
	row := f.at(line)
	return row, row.Bad(err)
}

func (f *csvFile) astray(parse *csv.ParseError) error {
	place := fmt.Sprintf("line %d", f.skipped+parse.StartLine)
	if parse.Line != parse.StartLine {
		place += fmt.Sprintf(" (to line %d)", f.skipped+parse.Line)
	}
	return fmt.Errorf("%s: a quote is astray, so that nobody knows where the next row begins: close each cell that begins with a quote, and write a quote inside it twice", place)
}

// plain keeps csv's error free of the row's text; it has none today.
func (f *csvFile) plain(err error) error {
	if parse, ok := errors.AsType[*csv.ParseError](err); ok {
		return fmt.Errorf("line %d: %w", f.skipped+parse.Line, parse.Err)
	}
	return err
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

// checkHeader leaves out the first columns, those of [Rejects].
func checkHeader(header []string, reasons int) error {
	seen := map[string]bool{}
	for i := reasons; i < len(header); i++ {
		name := strings.TrimSpace(header[i])
		header[i] = name
		_, known := columns[name]
		metadata := strings.HasPrefix(name, metadataPrefix)
		separator := otherSeparator(name)
		switch {
		// A key of metadata may hold a semicolon, but hardly in the only column.
		case !known && separator != "" && (!metadata || len(header) == 1):
			return fmt.Errorf("the columns look separated by %s: save the file with commas", separator)
		case !known && !metadata:
			return fmt.Errorf("column %d is not known: use %s or metadata.<key>", i+1, strings.Join(Columns(), ", "))
		case seen[name]:
			return fmt.Errorf("column %d repeats %s", i+1, name)
		}
		seen[name] = true
	}
	return nil
}

// otherSeparator names what a spreadsheet may write in place of a comma.
func otherSeparator(name string) string {
	switch {
	case strings.Contains(name, ";"):
		return "semicolons"
	case strings.Contains(name, "\t"):
		return "tabs"
	}
	return ""
}
