package schema

import (
	"bytes"
	"encoding/json"
	"flag"
	"maps"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"

	generator "github.com/invopop/jsonschema"
	validator "github.com/santhosh-tekuri/jsonschema/v6"
)

var update = flag.Bool("update", false, "write the schema files anew")

const schemaRoot = "https://otpworker.github.io/schemas/" + Version + "/"

// document ties a kind of document to the type its schema is generated from.
type document struct {
	kind, title string
	wire        any
	nullable    bool // input: null counts as left out
	accept      func([]byte) error
	refuse      func([]byte) Faults
}

var documents = []document{
	{"job", "otpworker job", wireJob{}, true, acceptJob, refuseJob},
	{"result", "otpworker result", Result{}, false, acceptResult, refuseResult},
	{"dead", "otpworker dead letter", wireDeadLetter{}, false, acceptDeadLetter, refuseDeadLetter},
	{"batchfinished", "otpworker end of a batch", BatchFinished{}, false, acceptBatchFinished, refuseBatchFinished},
}

// TestSchemas holds types, schema files and golden documents together: a
// change of one of the three alone fails.
func TestSchemas(t *testing.T) {
	for _, d := range documents {
		t.Run(d.kind, func(t *testing.T) {
			file := d.kind + ".schema.json"
			want := generate(t, d)
			if *update {
				if err := os.WriteFile(file, want, 0o644); err != nil {
					t.Fatal(err)
				}
			}
			got, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(got, want) {
				t.Fatalf("%s is not what the types give: run go generate ./schema", file)
			}
			compiled := compile(t, got)
			t.Run("valid", func(t *testing.T) { testValid(t, d, compiled) })
			t.Run("invalid", func(t *testing.T) { testInvalid(t, d, compiled) })
		})
	}
}

func generate(t *testing.T, d document) []byte {
	t.Helper()
	r := generator.Reflector{AllowAdditionalProperties: true, DoNotReference: true, Mapper: mapType}
	s := r.Reflect(d.wire)
	s.ID = generator.ID(schemaRoot + d.kind + ".json")
	s.Title = d.title + ", " + Version
	for p := s.Properties.Oldest(); p != nil; p = p.Next() {
		if d.nullable && !slices.Contains(s.Required, p.Key) {
			allowNull(p.Value)
		}
	}
	if d.kind == "job" {
		s.OneOf = clearOrSealed()
	}
	data, err := json.Marshal(s)
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := json.Indent(&out, data, "", "  "); err != nil {
		t.Fatal(err)
	}
	return append(out.Bytes(), '\n')
}

// mapType takes enums and limits from the code that checks them.
func mapType(t reflect.Type) *generator.Schema {
	switch t {
	case reflect.TypeFor[Lane]():
		return enum(Lanes())
	case reflect.TypeFor[Channel]():
		return enum(Channels())
	case reflect.TypeFor[Outcome]():
		return enum(Outcomes())
	case reflect.TypeFor[map[string]string]():
		return metadataSchema()
	case reflect.TypeFor[Counts]():
		return byOutcome(&generator.Schema{Type: "integer", Minimum: "0"})
	case reflect.TypeFor[Reasons]():
		return byOutcome(&generator.Schema{
			Type:                 "object",
			PropertyNames:        &generator.Schema{Pattern: "^[a-z0-9_]{1,64}$"},
			AdditionalProperties: &generator.Schema{Type: "integer", Minimum: "0"},
		})
	}
	return nil
}

func byOutcome(value *generator.Schema) *generator.Schema {
	return &generator.Schema{Type: "object", PropertyNames: enum(Outcomes()), AdditionalProperties: value}
}

func enum[T any](values []T) *generator.Schema {
	s := &generator.Schema{Type: "string"}
	for _, v := range values {
		s.Enum = append(s.Enum, v)
	}
	return s
}

// metadataSchema counts characters where the code counts bytes: JSON Schema
// has no other measure.
func metadataSchema() *generator.Schema {
	const printable = `^[^\x00-\x1f\x7f-\x9f]*$`
	count := func(n uint64) *uint64 { return &n }
	return &generator.Schema{
		Type:                 "object",
		MaxProperties:        count(maxMetadata),
		PropertyNames:        &generator.Schema{MinLength: count(1), MaxLength: count(maxMetadataKey), Pattern: printable},
		AdditionalProperties: &generator.Schema{Type: "string", MaxLength: count(maxMetadataValue), Pattern: printable},
	}
}

// clearOrSealed: code and number, or the two sealed, and never both.
func clearOrSealed() []*generator.Schema {
	variant := func(required []string, types map[string]string) *generator.Schema {
		s := &generator.Schema{Required: required, Properties: generator.NewProperties()}
		for _, name := range slices.Sorted(maps.Keys(types)) {
			s.Properties.Set(name, &generator.Schema{Type: types[name]})
		}
		return s
	}
	return []*generator.Schema{
		variant([]string{"code", "to"}, map[string]string{"code": "string", "to": "string", "sealed": "null"}),
		variant([]string{"sealed"}, map[string]string{"code": "null", "to": "null", "sealed": "string"}),
	}
}

func allowNull(s *generator.Schema) {
	s.Extras = map[string]any{"type": []string{s.Type, "null"}}
	s.Type = ""
	if s.Enum != nil {
		s.Enum = append(s.Enum, nil)
	}
}

func compile(t *testing.T, data []byte) *validator.Schema {
	t.Helper()
	doc, err := validator.UnmarshalJSON(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	c := validator.NewCompiler()
	c.AssertFormat()
	if err := c.AddResource("file", doc); err != nil {
		t.Fatal(err)
	}
	s, err := c.Compile("file")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// TestWireJobCarriesEveryField fails when a field is added to Job and not to
// its wire form, or the other way round.
func TestWireJobCarriesEveryField(t *testing.T) {
	names := func(t reflect.Type) []string {
		var out []string
		for f := range t.Fields() {
			out = append(out, f.Tag.Get("json"))
		}
		for i, tag := range out {
			out[i], _, _ = strings.Cut(tag, ",")
		}
		return out
	}
	if job, wire := names(reflect.TypeFor[Job]()), names(reflect.TypeFor[wireJob]()); !slices.Equal(job, wire) {
		t.Fatalf("Job has %v, wireJob has %v", job, wire)
	}
	j := fullJob()
	for f, v := range reflect.ValueOf(j).Fields() {
		if v.IsZero() != (f.Name == "Sealed") { // it stands in place of two others
			t.Errorf("fullJob leaves %s empty", f.Name)
		}
	}
	data, err := j.Encode()
	if err != nil {
		t.Fatal(err)
	}
	back, err := DecodeJob(data)
	if err != nil {
		t.Fatal(err)
	}
	if diff := jobDiff(j, back); diff != "" {
		t.Fatal(diff)
	}
}
