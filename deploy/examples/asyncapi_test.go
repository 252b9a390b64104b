package examples_test

import (
	"bytes"
	"os"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"sigs.k8s.io/yaml"
)

// asyncAPISpec comes with the package @asyncapi/specs.
const asyncAPISpec = "node/node_modules/@asyncapi/specs/schemas/3.0.0.json"

// schema/asyncapi.yaml has the form of AsyncAPI 3.0. A document with a mistake,
// the control, has not.
func TestAsyncAPIForm(t *testing.T) {
	spec, err := os.ReadFile(asyncAPISpec)
	if os.IsNotExist(err) {
		t.Log("NOT RUN: AsyncAPI's own JSON Schema is missing: run npm ci in deploy/examples/node")
		return
	}
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile("../../schema/asyncapi.yaml")
	if err != nil {
		t.Fatal(err)
	}
	form := compile(t, spec)
	for name, c := range map[string]struct {
		old, mistake string
	}{
		"as it is":                 {},
		"an action there is not":   {"action: receive", "action: take"},
		"a channel that is a word": {"channel: {$ref: '#/channels/jobs'}", "channel: jobs"},
		"a field there is not":     {"    address: otp.v1.fleet.snapshot", "    addr: otp.v1.fleet.snapshot"},
		"no title":                 {"  title: otpworker\n", ""},
	} {
		t.Run(name, func(t *testing.T) {
			data, err := yaml.YAMLToJSON([]byte(strings.Replace(string(text), c.old, c.mistake, 1)))
			if err != nil {
				t.Fatal(err)
			}
			doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(data))
			if err != nil {
				t.Fatal(err)
			}
			if err := form.Validate(doc); (err == nil) != (c.old == "") {
				t.Errorf("by AsyncAPI's schema: %v", err)
			}
		})
	}
}

func compile(t *testing.T, data []byte) *jsonschema.Schema {
	t.Helper()
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	const name = "http://asyncapi.com/schema-store/3.0.0.json"
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	if err := c.AddResource(name, doc); err != nil {
		t.Fatal(err)
	}
	s, err := c.Compile(name)
	if err != nil {
		t.Fatal(err)
	}
	return s
}
