package schema

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/otpworker/otpworker/schema/redact"
)

func TestEncodeRefuses(t *testing.T) {
	invalid := smallJob()
	invalid.To = redact.NewPhone("+8613800138000")
	tooLarge := smallJob()
	tooLarge.Metadata = map[string]string{}
	for i := range maxMetadata {
		tooLarge.Metadata[fmt.Sprint(i)] = strings.Repeat(`"`, maxMetadataValue)
	}
	noYear := smallJob()
	noYear.CreatedAt = time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC)
	for field, j := range map[string]Job{"to": invalid, "document": tooLarge, "createdAt": noYear} {
		data, err := j.Encode()
		faults, _ := errors.AsType[Faults](err)
		if data != nil || !faults.On(field) || len(faults) != 1 {
			t.Errorf("encoded to %d bytes with %v, want a fault on %s", len(data), err, field)
		}
	}
}

func TestEncodeWritesPlainly(t *testing.T) {
	j := smallJob()
	j.Code = redact.NewCode("<&>")
	data, err := j.Encode()
	if err != nil {
		t.Fatal(err)
	}
	const want = `{"id":"login-7f3a","appId":"demo-app","code":"<&>","to":"8613800138000"}`
	if string(data) != want {
		t.Errorf("got  %s\nwant %s", data, want)
	}
}

func TestEncodeWritesUTC(t *testing.T) {
	j := smallJob()
	j.CreatedAt = epoch.In(time.FixedZone("", 5*3600+1800))
	data, err := j.Encode()
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(data), `"createdAt":"2026-01-02T15:04:05Z"`) {
		t.Errorf("createdAt is not in UTC: %s", data)
	}
}
