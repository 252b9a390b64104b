package schema

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	validator "github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/otpworker/otpworker/schema/redact"
)

// invalidDocument is the form of golden/*/invalid. Document, or Raw for what
// is no JSON, is refused with a fault on Field, and by the schema too unless it
// cannot express the rule. DoublesAccept marks one that a language whose numbers
// are doubles cannot tell from a valid one.
type invalidDocument struct {
	Why           string          `json:"why"`
	Field         string          `json:"field"`
	SchemaAccepts bool            `json:"schemaAccepts"`
	DoublesAccept bool            `json:"doublesAccept"`
	Document      json.RawMessage `json:"document"`
	Raw           string          `json:"raw"`
}

func golden(t testing.TB, kind, verdict string) map[string][]byte {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join("golden", kind, verdict, "*.json"))
	if err != nil || len(paths) == 0 {
		t.Fatalf("no %s %s documents: %v", verdict, kind, err)
	}
	out := map[string][]byte{}
	for _, path := range paths {
		if out[filepath.Base(path)], err = os.ReadFile(path); err != nil {
			t.Fatal(err)
		}
	}
	return out
}

func testValid(t *testing.T, d document, s *validator.Schema) {
	seen := map[string]bool{}
	for name, data := range golden(t, d.kind, "valid") {
		t.Run(name, func(t *testing.T) {
			if err := againstSchema(s, data); err != nil {
				t.Errorf("schema: %v", err)
			}
			if err := d.accept(data); err != nil {
				t.Errorf("Go: %v", err)
			}
			noteFields(t, data, seen)
		})
	}
	for field := range s.Properties {
		if !seen[field] {
			t.Errorf("no valid document has the field %s", field)
		}
	}
}

func testInvalid(t *testing.T, d document, s *validator.Schema) {
	seen := map[string]bool{}
	for name, data := range golden(t, d.kind, "invalid") {
		t.Run(name, func(t *testing.T) {
			var in invalidDocument
			dec := json.NewDecoder(bytes.NewReader(data))
			dec.DisallowUnknownFields()
			if err := dec.Decode(&in); err != nil {
				t.Fatal(err)
			}
			body := in.Document
			if body == nil {
				body = []byte(in.Raw)
			}
			seen[in.Field] = true
			faults := d.refuse(body)
			if !faults.On(in.Field) || len(faults) != 1 {
				t.Errorf("%s: got %q, want one fault on %s", in.Why, faults, in.Field)
			}
			if accepted := againstSchema(s, body) == nil; accepted != in.SchemaAccepts {
				t.Errorf("%s: schema accepts: %v, the document says %v", in.Why, accepted, in.SchemaAccepts)
			}
		})
	}
	// Of our own documents some fields are never judged.
	for field := range s.Properties {
		if d.kind == "job" && !seen[field] {
			t.Errorf("no invalid document has a fault on %s", field)
		}
	}
}

// faultsOf does what a reader does with a message.
func faultsOf[T interface{ Validate() error }](data []byte, decode func([]byte) (T, error)) Faults {
	v, err := decode(data)
	if err == nil {
		err = v.Validate()
	}
	if wrong, ok := errors.AsType[*json.UnmarshalTypeError](err); ok && wrong.Field != "" {
		return Faults{{Field: wrong.Field, Problem: err.Error()}}
	}
	if faults, ok := errors.AsType[Faults](err); ok || err == nil {
		return faults
	}
	return documentFault(err.Error())
}

func refuseJob(data []byte) Faults           { return faultsOf(data, DecodeJob) }
func refuseResult(data []byte) Faults        { return faultsOf(data, DecodeResult) }
func refuseDeadLetter(data []byte) Faults    { return faultsOf(data, DecodeDeadLetter) }
func refuseBatchFinished(data []byte) Faults { return faultsOf(data, DecodeBatchFinished) }

func againstSchema(s *validator.Schema, data []byte) error {
	v, err := validator.UnmarshalJSON(bytes.NewReader(data))
	if err != nil {
		return err
	}
	return s.Validate(v)
}

func noteFields(t *testing.T, data []byte, seen map[string]bool) {
	t.Helper()
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(data, &fields); err != nil {
		t.Fatal(err)
	}
	for name := range fields {
		seen[name] = true
	}
}

func acceptJob(data []byte) error {
	j, err := DecodeJob(data)
	if err != nil {
		return err
	}
	encoded, err := j.Encode()
	if err != nil {
		return err
	}
	back, err := DecodeJob(encoded)
	if err != nil {
		return err
	}
	return changed(jobDiff(j, back))
}

func acceptResult(data []byte) error {
	return acceptOwn(data, DecodeResult)
}

func acceptDeadLetter(data []byte) error {
	return acceptOwn(data, DecodeDeadLetter)
}

func acceptBatchFinished(data []byte) error {
	return acceptOwn(data, DecodeBatchFinished)
}

// acceptOwn checks a kind that this module writes itself: its encoding is the
// golden document to the letter, white space and field order aside.
func acceptOwn[T interface {
	Validate() error
	Encode() ([]byte, error)
}](data []byte, decode func([]byte) (T, error)) error {
	v, err := decode(data)
	if err != nil {
		return err
	}
	if err := v.Validate(); err != nil {
		return err
	}
	encoded, err := v.Encode()
	if err != nil {
		return err
	}
	var want, got any
	if err := errors.Join(json.Unmarshal(data, &want), json.Unmarshal(encoded, &got)); err != nil {
		return err
	}
	return changed(cmp.Diff(want, got))
}

func changed(diff string) error {
	if diff == "" {
		return nil
	}
	return errors.New("changed on its way round:\n" + diff)
}

func jobDiff(a, b Job) string {
	return cmp.Diff(a, b,
		cmpopts.EquateApproxTime(0),
		cmp.Comparer(func(a, b redact.Code) bool { return a.Reveal() == b.Reveal() }),
		cmp.Comparer(func(a, b redact.Phone) bool { return a.Reveal() == b.Reveal() }))
}
