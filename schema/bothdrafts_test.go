package schema

import (
	"encoding/json"
	"regexp"
	"testing"
)

// Tools read a payload without a schemaFormat as draft 07, and our files say
// 2020-12: they keep to the words that both know.
func TestSchemasAreOfBothDrafts(t *testing.T) {
	const both = "^(\\$schema|\\$id|title|type|description|examples|default|enum|const|format|pattern|minLength|maxLength|minimum|maximum|" +
		"contentEncoding|properties|required|items|additionalProperties|propertyNames|maxProperties|allOf|anyOf|oneOf|not|if|then|else)$"
	known := regexp.MustCompile(both)
	for _, d := range documents {
		var schema map[string]any
		if err := json.Unmarshal(generate(t, d), &schema); err != nil {
			t.Fatal(err)
		}
		eachWord(schema, func(word string) {
			if !known.MatchString(word) {
				t.Errorf("%s: %s is not of both drafts", d.kind, word)
			}
		})
	}
}

func eachWord(schema map[string]any, visit func(string)) {
	for word, value := range schema {
		visit(word)
		inner, ok := value.(map[string]any)
		switch {
		case ok && word == "properties":
			for _, property := range inner {
				if s, ok := property.(map[string]any); ok {
					eachWord(s, visit)
				}
			}
		case ok && word != "default":
			eachWord(inner, visit)
		}
	}
}
