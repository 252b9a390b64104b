package client

import (
	"errors"
	"strings"
	"testing"
)

func TestReadBodyStopsAtItsLimit(t *testing.T) {
	long := strings.NewReader(strings.Repeat("x", 2<<20))
	if _, err := readBody(long, maxBody); !errors.Is(err, errTooLong) {
		t.Fatalf("got %v", err)
	}
	if read := long.Size() - int64(long.Len()); read > maxBody+1 {
		t.Errorf("read %d bytes", read)
	}
	if body, err := readBody(strings.NewReader(strings.Repeat("x", maxBody)), maxBody); err != nil || len(body) != maxBody {
		t.Errorf("the longest body gives %d bytes, %v", len(body), err)
	}
}
