package account

import (
	"errors"
	"slices"
	"strings"

	"github.com/otpworker/otpworker/client"
)

// ErrChanged says that something is not any more as it was compared, and that
// it was left alone.
var ErrChanged = errors.New("it has changed since it was compared: compare again")

// InvalidError lists all that is wrong with a file, or that does not go
// together with the account. Nothing was changed.
type InvalidError struct {
	// Faults name the field with its path, such as "templates[2].codeLength";
	// it is "" if the file as a whole cannot be read.
	Faults []client.Fault
}

func (e *InvalidError) Error() string {
	lines := make([]string, len(e.Faults))
	for i, f := range e.Faults {
		lines[i] = f.Problem
		if f.Field != "" {
			lines[i] = f.Field + ": " + f.Problem
		}
	}
	return strings.Join(lines, "\n")
}

// faults gathers what is wrong.
type faults []client.Fault

func (f *faults) add(field, problem string) {
	*f = append(*f, client.Fault{Field: field, Problem: problem})
}

// follow adds what is not only a consequence of a fault that is there already:
// what could not be read looks as if it were missing.
func (f *faults) follow(more faults) {
	first := *f
	for _, m := range more {
		about := func(c client.Fault) bool { return isWithin(m.Field, c.Field) || isWithin(c.Field, m.Field) }
		if !slices.ContainsFunc(first, about) {
			*f = append(*f, m)
		}
	}
}

// isWithin reports whether a path is another one or leads on from it.
func isWithin(path, outer string) bool {
	rest, ok := strings.CutPrefix(path, outer)
	return ok && (outer == "" || rest == "" || rest[0] == '.' || rest[0] == '[')
}

// err keeps an empty list from becoming an error that is not nil.
func (f faults) err() error {
	if len(f) == 0 {
		return nil
	}
	return &InvalidError{Faults: f}
}
