package account

import (
	"bytes"
	"encoding/json"
	"fmt"

	"sigs.k8s.io/yaml"
)

const legend = `# Settings of a provider account, for: otpworker provider plan -f FILE
# What is left out is left alone. Units and enumerations are the provider's:
#   codeExpiry    minutes
#   unit          1 day, 2 hour, 3 minute, 4 second
#   codeType      1 numeric, 2 alpha, 3 alphanumeric, 4 hex
#   maxDuration, waitingTime    seconds
#   status        of a flow's node: 1 send failed, 2 not verified
#   channelCut    0 switch to the channel, 1 keep the one before
`

// YAML is the file as Decode reads it, with a legend above it.
func (file File) YAML() ([]byte, error) {
	out := bytes.NewBufferString(legend)
	fmt.Fprintf(out, "version: %d\n", file.Version)
	for _, list := range []struct {
		key   string
		items any
		size  int
	}{
		{"apps", file.Apps, len(file.Apps)},
		{"templates", file.Templates, len(file.Templates)},
		{"flows", file.Flows, len(file.Flows)},
	} {
		if list.size == 0 {
			continue
		}
		data, err := MarshalYAML(map[string]any{list.key: list.items})
		if err != nil {
			return nil, fmt.Errorf("encode %s: %w", list.key, err)
		}
		fmt.Fprintf(out, "\n%s", data)
	}
	return out.Bytes(), nil
}

// MarshalYAML encodes v by its JSON tags. Control characters, which YAML does
// not allow as they are, are escaped.
func MarshalYAML(v any) ([]byte, error) {
	data, err := json.Marshal(v)
	if err != nil {
		return nil, err
	}
	var escaped bytes.Buffer
	for _, r := range string(data) {
		if r >= 0x7f && r < 0xa0 || r == 0xfeff || r == 0xfffe || r == 0xffff {
			fmt.Fprintf(&escaped, `\u%04x`, r)
			continue
		}
		escaped.WriteRune(r)
	}
	return yaml.JSONToYAML(escaped.Bytes())
}
