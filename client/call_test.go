package client

import (
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
)

func answerOf(body io.Reader) *http.Response {
	return &http.Response{Body: io.NopCloser(body), ContentLength: -1}
}

func TestReadBodyStopsAtItsLimit(t *testing.T) {
	long := strings.NewReader(strings.Repeat("x", 2<<20))
	if _, err := readBody(answerOf(long), maxBody); !errors.Is(err, errTooLong) { //nolint:bodyclose // nothing to close
		t.Fatalf("got %v", err)
	}
	if read := long.Size() - int64(long.Len()); read > maxBody+1 {
		t.Errorf("read %d bytes", read)
	}
	if body, err := readBody(answerOf(strings.NewReader(strings.Repeat("x", maxBody))), maxBody); err != nil || len(body) != maxBody { //nolint:bodyclose // nothing to close
		t.Errorf("the longest body gives %d bytes, %v", len(body), err)
	}
}
