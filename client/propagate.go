package client

import (
	"context"
	"maps"
	"net/http"
	"slices"
	"strings"
)

// ownHeaders are set by the client, or say how a request is framed.
var ownHeaders = map[string]bool{
	"Host": true, "User-Agent": true, "Content-Length": true, "Content-Type": true, "Api-Key": true,
	"Sign": true, "Timestamp": true, "Connection": true, "Transfer-Encoding": true, "Expect": true, "Trailer": true, "Upgrade": true,
}

// extra are the header lines that Config.Propagate names for a request. A line
// break in one would begin another header, or the body.
func (c *Client) extra(ctx context.Context) (lines []byte) {
	if c.propagate == nil {
		return nil
	}
	headers := http.Header{}
	c.propagate(ctx, headers)
	for _, name := range slices.Sorted(maps.Keys(headers)) {
		for _, value := range headers[name] {
			if isToken(name) && isFieldValue(value) && !ownHeaders[http.CanonicalHeaderKey(name)] {
				lines = append(lines, name+": "+value+"\r\n"...)
			}
		}
	}
	return lines
}

func isToken(s string) bool {
	const others = "!#$%&'*+-.^_`|~"
	return s != "" && strings.IndexFunc(s, func(r rune) bool {
		return (r < '0' || r > '9') && (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && !strings.ContainsRune(others, r)
	}) < 0
}

func isFieldValue(s string) bool {
	return strings.IndexFunc(s, func(r rune) bool { return r < ' ' || r > '~' }) < 0
}
