package schema

import (
	"bytes"
	"encoding/json"
	"errors"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"
)

// DecodeJob decodes a job document and fills in the default channel. It
// accepts fields it does not know.
//
// The error is Faults. A document that is no JSON object of at most [MaxBytes]
// has one fault, on "document". Otherwise the faults hold every field of a
// wrong type and everything that [Job.Validate] finds beside them, and the Job
// holds what could be decoded, so that its sender can still be answered.
//
// A nil error says that the types are right; Validate judges the values.
func DecodeJob(data []byte) (Job, error) {
	if j, ok := decodePlain(data); ok {
		return j, nil
	}
	return decodeAny(data)
}

func decodeAny(data []byte) (Job, error) {
	if problem := checkDocument(data); problem != "" {
		return Job{}, documentFault(problem)
	}
	var w wireJob
	err := json.Unmarshal(data, &w)
	if _, ok := errors.AsType[*json.SyntaxError](err); ok {
		return Job{}, documentFault(syntaxProblem(data))
	}
	j, faults := w.job()
	if err == nil && faults == nil {
		return j, nil
	}
	return j, allFaults(data, j, faults)
}

func documentFault(problem string) Faults {
	return Faults{{Field: "document", Problem: problem}}
}

func checkDocument(data []byte) string {
	start := bytes.TrimLeft(data, " \t\r\n")
	switch {
	case len(data) > MaxBytes:
		return sizeProblem
	case !utf8.Valid(data):
		return "must be UTF-8: encode it so"
	case len(start) == 0 || start[0] != '{':
		return "must be a JSON object: start it with {, without a byte order mark"
	}
	return ""
}

// syntaxProblem leaves out encoding/json's own words: they quote the byte that
// surprised it.
func syntaxProblem(data []byte) string {
	var first json.RawMessage
	if json.NewDecoder(bytes.NewReader(data)).Decode(&first) == nil {
		return "must end with its closing }: publish one job per message"
	}
	return "must be valid JSON: check its quotes, commas and brackets"
}

// allFaults is the slow path. encoding/json reports the first wrong type only,
// so each field is decoded once more on its own.
func allFaults(data []byte, j Job, found Faults) Faults {
	var fields map[string]json.RawMessage
	if json.Unmarshal(data, &fields) == nil {
		for _, name := range slices.Sorted(maps.Keys(fields)) {
			found.merge(typeFault(name, fields[name]))
		}
	}
	// A name that is written twice, once with a wrong type, is right by itself.
	if len(found) == 0 {
		return documentFault("must be readable field by field: write each name once")
	}
	if values, ok := errors.AsType[Faults](j.Validate()); ok {
		found.merge(values)
	}
	return found
}

func typeFault(name string, raw json.RawMessage) Faults {
	document, err := json.Marshal(map[string]json.RawMessage{name: raw})
	if err == nil {
		err = json.Unmarshal(document, new(wireJob))
	}
	wrong, ok := errors.AsType[*json.UnmarshalTypeError](err)
	if !ok {
		return nil
	}
	// The path goes on into an object's own keys, which are the producer's words.
	field, _, _ := strings.Cut(wrong.Field, ".")
	return Faults{{Field: field, Problem: typeProblem(field)}}
}

func typeProblem(field string) string {
	switch field {
	case "templateId", "flowId", "ttlSeconds":
		return "must be a whole number: write it without quotes, point or exponent"
	case "createdAt", "expiresAt":
		return timeProblem
	case "metadata":
		return "must be an object with strings as values: write each value in double quotes"
	}
	return "must be a string: write it in double quotes"
}
