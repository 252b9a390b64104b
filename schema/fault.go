package schema

import (
	"slices"
	"strings"
)

// Fault is one thing wrong with a document.
type Fault struct {
	// Field is the JSON name of the field, "document" for the document as a
	// whole, "subject" or "lane" for the subject it came on.
	Field string `json:"field" jsonschema:"minLength=1" jsonschema_description:"JSON name of the field; document for the document as a whole; subject or lane for the subject it came on."`
	// Problem says what is wrong and how to mend it. It never quotes a value:
	// a value in the wrong field may be a code or a number.
	Problem string `json:"problem" jsonschema:"minLength=1" jsonschema_description:"What is wrong and how to mend it. Never quotes a value."`
}

// Faults is everything wrong with a document, as an error. Use errors.As to
// get at it.
type Faults []Fault

// Error lists all faults in one line.
func (f Faults) Error() string {
	lines := make([]string, len(f))
	for i, fault := range f {
		lines[i] = fault.Field + " " + fault.Problem
	}
	return strings.Join(lines, "; ")
}

// On reports whether there is a fault on field. Whoever answers a faulty
// document echoes a field only if there is none on it.
func (f Faults) On(field string) bool {
	return slices.ContainsFunc(f, func(fault Fault) bool { return fault.Field == field })
}

// check adds a fault unless problem is empty.
func (f *Faults) check(field, problem string) {
	if problem != "" {
		*f = append(*f, Fault{Field: field, Problem: problem})
	}
}

// merge adds the faults on fields that have none so far: a field that could
// not be decoded is not also reported as missing.
func (f *Faults) merge(more Faults) {
	for _, fault := range more {
		if !f.On(fault.Field) {
			*f = append(*f, fault)
		}
	}
}

// err keeps a nil Faults from becoming an error that is not nil.
func (f Faults) err() error {
	if len(f) == 0 {
		return nil
	}
	return f
}
