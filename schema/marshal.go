package schema

import (
	"bytes"
	"encoding/json"
)

// marshal leaves <, > and & as they are: escaped for web pages, a document
// could grow past MaxBytes on its way through.
func marshal(v any) ([]byte, error) {
	var buf bytes.Buffer
	enc := json.NewEncoder(&buf)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(buf.Bytes(), []byte("\n")), nil
}
