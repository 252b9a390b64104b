package account

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"

	"sigs.k8s.io/yaml"
)

// maxFile is far more than a thousand apps, templates and flows need.
const maxFile = 4 << 20

// Decode reads a file, YAML or JSON. Unknown keys, wrong types, values outside
// the provider's ranges and two entries for one thing are an *InvalidError that
// lists them all.
func Decode(data []byte) (File, error) {
	if len(data) > maxFile {
		return File{}, unreadable(fmt.Sprintf("is longer than %d MiB", maxFile>>20))
	}
	if hasSecondDocument(data) {
		return File{}, unreadable("has more than one YAML document: remove what begins with the second ---")
	}
	asJSON, err := yaml.YAMLToJSONStrict(data)
	if err != nil {
		return File{}, unreadable(err.Error())
	}
	var top any
	dec := json.NewDecoder(bytes.NewReader(asJSON))
	dec.UseNumber()
	if err := dec.Decode(&top); err != nil {
		return File{}, unreadable(err.Error())
	}
	var f, wrong faults
	file := readFile(top, &f)
	file.check(&wrong)
	f.follow(wrong)
	return file, f.err()
}

func unreadable(problem string) error {
	var f faults
	f.add("", problem)
	return f.err()
}

// hasSecondDocument finds what the YAML reader would pass over in silence. A
// line that begins with --- is a boundary wherever it stands.
func hasSecondDocument(data []byte) bool {
	begun := false
	for line := range strings.Lines(string(data)) {
		line = strings.TrimRight(line, " \t\r\n")
		switch {
		case line == "---" || strings.HasPrefix(line, "--- "):
			if begun {
				return true
			}
			begun = true
		case line != "" && !strings.HasPrefix(strings.TrimSpace(line), "#") && !strings.HasPrefix(line, "%"):
			begun = true
		}
	}
	return false
}
