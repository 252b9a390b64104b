package schema

import (
	"errors"
	"regexp"
	"slices"
	"strings"
	"testing"
)

func TestDecodeJobNamesAllFaultsAtOnce(t *testing.T) {
	j, err := DecodeJob([]byte(`{
		"id": "login-7f3a", "appId": "demo-app", "replyTo": "otp.v1.reply.shop",
		"templateId": "12", "code": 739154, "to": "+8613800138000",
		"createdAt": "yesterday", "metadata": {"attempt": 1}, "batchId": "a b"
	}`))
	faults, ok := errors.AsType[Faults](err)
	if !ok {
		t.Fatalf("got %v, want Faults", err)
	}
	var fields []string
	for _, fault := range faults {
		fields = append(fields, fault.Field)
	}
	slices.Sort(fields)
	if want := []string{"batchId", "code", "createdAt", "metadata", "templateId", "to"}; !slices.Equal(fields, want) {
		t.Errorf("faults on %v, want %v", fields, want)
	}
	if j.ID != "login-7f3a" || j.AppID != "demo-app" || j.ReplyTo != "otp.v1.reply.shop" {
		t.Errorf("the sender cannot be answered: %v", j)
	}
}

func TestDecodeJobDocument(t *testing.T) {
	for name, test := range map[string]struct{ data, mend string }{
		"empty":          {"", "start it with {"},
		"null":           {"null", "start it with {"},
		"byte order":     {"\ufeff{}", "byte order mark"},
		"not UTF-8":      {"{\"id\":\"\xff\"}", "UTF-8"},
		"too large":      {"{}" + strings.Repeat(" ", MaxBytes), "8192 bytes"},
		"two jobs":       {"{} {}", "one job per message"},
		"broken off":     {`{"code":"739154"`, "quotes, commas and brackets"},
		"written twice":  {`{"id":1,"id":"a"}`, "each name once"},
		"number as code": {`{"code":739154}`, "double quotes"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := DecodeJob([]byte(test.data))
			if err == nil || !strings.Contains(err.Error(), test.mend) {
				t.Errorf("got %v, want the mend %q", err, test.mend)
			}
			if err != nil && strings.Contains(err.Error(), "739154") {
				t.Errorf("the error shows the code: %v", err)
			}
		})
	}
}

func TestDecodeJobIsTolerant(t *testing.T) {
	j, err := DecodeJob([]byte(`{"ID":"login-7f3a","appId":"demo-app","code":"739154","to":"8613800138000",
		"channel":"","orderId":"","flowId":null,"metadata":{},"priority":9}`))
	if err != nil {
		t.Fatal(err)
	}
	want := smallJob()
	want.Channel = ChannelSMS
	if diff := jobDiff(want, j); diff != "" {
		t.Error(diff)
	}
}

func FuzzDecodeJob(f *testing.F) {
	for _, seed := range []string{
		`{"id":"login-7f3a","appId":"demo-app","code":"739154","to":"8613800138000"}`,
		`{"id":1,"code":["739154"],"to":{"number":"8613800138000"},"metadata":{"a":1},"expiresAt":"2026-01-02T15:04:05+05:30"}`,
		`{"code":739154,"to":8613800138000,"templateId":0,"TTLSECONDS":1.5}`, `{"a":{}} 1`, `[`,
	} {
		f.Add([]byte(seed))
	}
	for _, seed := range golden(f, "job", "valid") {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		j, err := DecodeJob(data)
		if err == nil {
			err = j.Validate()
		}
		if err != nil {
			checkQuiet(t, err, j.Code.Reveal(), j.To.Reveal())
			return
		}
		encoded, err := j.Encode()
		if faults, _ := errors.AsType[Faults](err); faults.On("document") {
			return // escapes can make a document longer than it came
		}
		back, err := DecodeJob(encoded)
		if err != nil {
			t.Fatalf("what was encoded does not decode: %v", err)
		}
		if diff := jobDiff(j, back); diff != "" {
			t.Fatal(diff)
		}
	})
}

// digits is long enough for a code or a number, and longer than any number in
// the words of a fault.
var digits = regexp.MustCompile(`[0-9]{5}`)

// checkQuiet fails if the error quotes the code or the number. A value without
// digits may stand in any sentence by chance.
func checkQuiet(t *testing.T, err error, values ...string) {
	t.Helper()
	if err.Error() == "" || digits.MatchString(err.Error()) {
		t.Errorf("an error without words, or with a number: %q", err)
	}
	for _, value := range values {
		if len(value) >= 6 && strings.ContainsAny(value, "0123456789") && strings.Contains(err.Error(), value) {
			t.Errorf("%q shows in %v", value, err)
		}
	}
}
