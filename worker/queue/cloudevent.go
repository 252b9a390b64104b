package queue

import (
	"fmt"
	"strings"
	"time"

	"github.com/otpworker/otpworker/schema"
)

// cloudEvent is a result's attributes as headers, as the NATS binding of
// CloudEvents wants them in binary mode. The type of the content stands there
// twice: the binding says ce-datacontenttype, and the Go SDK reads content-type.
func cloudEvent(result schema.Result) []header {
	e := result.CloudEvent()
	headers := []header{
		{"ce-specversion", schema.CloudEventVersion},
		{"ce-id", headerValue(e.ID)},
		{"ce-source", headerValue(e.Source)},
		{"ce-type", headerValue(e.Type)},
		{"ce-time", e.Time.UTC().Format(time.RFC3339Nano)},
		{"ce-datacontenttype", schema.CloudEventContentType},
		{"content-type", schema.CloudEventContentType},
	}
	if e.Subject != "" {
		headers = append(headers, header{"ce-subject", headerValue(e.Subject)})
	}
	return headers
}

// headerValue percent-encodes what the binding allows in no header.
func headerValue(s string) string {
	var out strings.Builder
	for i := range len(s) {
		if c := s[i]; c <= ' ' || c > '~' || c == '"' || c == '%' {
			fmt.Fprintf(&out, "%%%02X", c)
		} else {
			out.WriteByte(c)
		}
	}
	return out.String()
}
