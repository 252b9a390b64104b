package schema

import (
	"bytes"
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	validator "github.com/santhosh-tekuri/jsonschema/v6"
	"sigs.k8s.io/yaml"
)

// asyncAPI is what this test looks at of asyncapi.yaml. That the whole of it has
// the form that AsyncAPI wants is tested in deploy/examples.
type asyncAPI struct {
	Info struct {
		Version string `json:"version"`
	} `json:"info"`
	Channels map[string]struct {
		Address   string `json:"address"`
		Allowed   string `json:"x-allowed"`
		JetStream struct {
			Stream string `json:"stream"`
		} `json:"x-jetstream"`
	} `json:"channels"`
	Components struct {
		Parameters map[string]struct {
			Enum []string `json:"enum"`
		} `json:"parameters"`
		Messages map[string]struct {
			Headers  json.RawMessage `json:"headers"`
			Payload  json.RawMessage `json:"payload"`
			Examples []struct {
				Name    string          `json:"name"`
				Headers json.RawMessage `json:"headers"`
				Payload json.RawMessage `json:"payload"`
			} `json:"examples"`
		} `json:"messages"`
	} `json:"components"`
}

func readAsyncAPI(t *testing.T) (data []byte, doc asyncAPI) {
	t.Helper()
	text, err := os.ReadFile("asyncapi.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if data, err = yaml.YAMLToJSONStrict(text); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(data, &doc); err != nil {
		t.Fatal(err)
	}
	return data, doc
}

// TestAsyncAPI holds the document's subjects and words against the code's.
func TestAsyncAPI(t *testing.T) {
	_, doc := readAsyncAPI(t)
	type place struct{ subject, stream string }
	want := map[string]place{
		"jobs":         {JobSubject(LaneBatch, "demo-app"), StreamJobs},
		"batchJobs":    {BatchJobSubject("demo-app", "spring"), StreamJobs},
		"results":      {ResultSubject(LaneBatch, "demo-app"), StreamResults},
		"batchResults": {BatchResultSubject("demo-app", "spring", OutcomeSent, "why"), StreamResults},
		"batchEvents":  {BatchEventSubject("demo-app", "spring"), StreamResults},
		"deadLetters":  {DeadSubject("why"), StreamDead},
		"replies":      {ReplySubjects, ""},
		"fleet":        {FleetSnapshot, ""},
		"fleetAnswers": {strings.TrimSuffix(FleetAnswerSubjects, ">") + "x", ""},
	}
	filled := strings.NewReplacer("{lane}", string(LaneBatch), "{appId}", "demo-app", "{batchId}", "spring",
		"{outcome}", string(OutcomeSent), "{reason}", "why", "{asker}", "x")
	got := map[string]place{}
	for name, c := range doc.Channels {
		got[name] = place{filled.Replace(c.Address) + c.Allowed, c.JetStream.Stream}
	}
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(place{})); diff != "" {
		t.Errorf("channels (-code +document):\n%s", diff)
	}
	if doc.Info.Version != Version {
		t.Errorf("version %s, want %s", doc.Info.Version, Version)
	}
	parameters := doc.Components.Parameters
	if diff := cmp.Diff(words(Lanes()), parameters["lane"].Enum); diff != "" {
		t.Errorf("lanes (-code +document):\n%s", diff)
	}
	if diff := cmp.Diff(words(Outcomes()), parameters["outcome"].Enum); diff != "" {
		t.Errorf("outcomes (-code +document):\n%s", diff)
	}
}

func words[T ~string](values []T) (out []string) {
	for _, v := range values {
		out = append(out, string(v))
	}
	return out
}

// Every $ref leads somewhere, and to every schema file one does.
func TestAsyncAPIReferences(t *testing.T) {
	data, _ := readAsyncAPI(t)
	var doc any
	if err := json.Unmarshal(data, &doc); err != nil {
		t.Fatal(err)
	}
	files := map[string]bool{}
	eachRef(doc, func(ref string) {
		file, pointer, _ := strings.Cut(ref, "#")
		if file != "" {
			files[filepath.Clean(file)] = true
			return
		}
		at := doc
		for step := range strings.SplitSeq(strings.TrimPrefix(pointer, "/"), "/") {
			object, _ := at.(map[string]any)
			at = object[step]
		}
		if at == nil {
			t.Errorf("%s leads nowhere", ref)
		}
	})
	there, err := filepath.Glob("*.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	if got := slices.Sorted(maps.Keys(files)); !slices.Equal(got, there) {
		t.Errorf("refers to %v, there are %v", got, there)
	}
}

func eachRef(v any, visit func(string)) {
	switch v := v.(type) {
	case map[string]any:
		if ref, ok := v["$ref"].(string); ok {
			visit(ref)
		}
		for _, inner := range v {
			eachRef(inner, visit)
		}
	case []any:
		for _, inner := range v {
			eachRef(inner, visit)
		}
	}
}

// The examples are messages that really pass: by the schemas, and by the code.
func TestAsyncAPIExamples(t *testing.T) {
	data, doc := readAsyncAPI(t)
	accept := map[string]func([]byte) error{
		"job": acceptJob, "result": acceptResult, "deadLetter": acceptDeadLetter, "batchFinished": acceptBatchFinished,
	}
	for name, message := range doc.Components.Messages {
		if accept[name] != nil && len(message.Examples) == 0 {
			t.Errorf("%s has no example", name)
		}
		for _, example := range message.Examples {
			t.Run(name+"/"+example.Name, func(t *testing.T) {
				payload := compileAt(t, data, "#/components/messages/"+name+"/payload")
				if err := againstSchema(payload, example.Payload); err != nil {
					t.Errorf("payload: %v", err)
				}
				if err := accept[name](example.Payload); err != nil {
					t.Errorf("payload, in Go: %v", err)
				}
				if message.Headers == nil {
					return
				}
				if err := againstSchema(compileAt(t, data, "#/components/messages/"+name+"/headers"), example.Headers); err != nil {
					t.Errorf("headers: %v", err)
				}
			})
		}
	}
}

// compileAt compiles the schema at a place of the document.
func compileAt(t *testing.T, data []byte, place string) *validator.Schema {
	t.Helper()
	c := validator.NewCompiler()
	c.AssertFormat()
	c.DefaultDraft(validator.Draft7) // AsyncAPI's own schemas are a superset of it
	doc, err := validator.UnmarshalJSON(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	if err := c.AddResource("asyncapi.json", doc); err != nil {
		t.Fatal(err)
	}
	s, err := c.Compile("asyncapi.json" + place)
	if err != nil {
		t.Fatal(err)
	}
	return s
}
