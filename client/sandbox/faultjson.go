package sandbox

import (
	"bytes"
	"encoding/json"
	"fmt"
	"time"
)

// plainFault is Fault without its methods.
type plainFault Fault

// wireFault is Fault in JSON: its own fields, and Latency as a text.
type wireFault struct {
	plainFault

	Latency string `json:"latency,omitempty"`
}

// MarshalJSON writes Latency as a text such as "150ms".
func (f Fault) MarshalJSON() ([]byte, error) {
	w := wireFault{plainFault: plainFault(f)}
	if f.Latency != 0 {
		w.Latency = f.Latency.String()
	}
	return json.Marshal(w)
}

// UnmarshalJSON refuses unknown names and values out of range: a misspelt
// fault that does nothing would pass for a provider that is well.
func (f *Fault) UnmarshalJSON(data []byte) error {
	var w wireFault
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&w); err != nil {
		return fmt.Errorf("decode fault: %w", err)
	}
	parsed := Fault(w.plainFault)
	if w.Latency != "" {
		latency, err := time.ParseDuration(w.Latency)
		if err != nil {
			return fmt.Errorf("decode fault: latency: %w", err)
		}
		parsed.Latency = latency
	}
	if err := parsed.check(); err != nil {
		return fmt.Errorf("decode fault: %w", err)
	}
	*f = parsed
	return nil
}
