package redact_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/otpworker/otpworker/schema/redact"
)

const (
	secret = "hunter2hunter2"
	code   = "739154"
	phone  = "8613800138000"
	raw    = `{"code":"739154","to":"8613800138000"}`
)

type bag struct {
	Secret  redact.Secret
	Code    redact.Code
	Phone   redact.Phone
	Payload redact.Payload
	hidden  redact.Code // fmt reaches it by reflection, past every method
}

func full() bag {
	return bag{
		redact.NewSecret(secret), redact.NewCode(code), redact.NewPhone(phone),
		redact.NewPayload([]byte(raw)), redact.NewCode(code),
	}
}

func TestNothingPrintsTheValue(t *testing.T) {
	b := full()
	outputs := map[string]string{
		"error": fmt.Errorf("send to %s with %q failed: %v", b.Phone, b.Code, b.Secret).Error(),
	}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d"} {
		outputs["fmt "+verb] = fmt.Sprintf(verb, b) + fmt.Sprintf(verb, &b) +
			fmt.Sprintf(verb, b.Secret) + fmt.Sprintf(verb, b.Code) + fmt.Sprintf(verb, b.Phone) + fmt.Sprintf(verb, b.Payload)
	}
	for name, handler := range map[string]func(*bytes.Buffer) slog.Handler{
		"slog json": func(w *bytes.Buffer) slog.Handler { return slog.NewJSONHandler(w, nil) },
		"slog text": func(w *bytes.Buffer) slog.Handler { return slog.NewTextHandler(w, nil) },
	} {
		var buf bytes.Buffer
		slog.New(handler(&buf)).Info("job", "bag", b, "code", b.Code, "to", b.Phone, "secret", b.Secret, "payload", b.Payload)
		outputs[name] = buf.String()
	}
	asJSON, err := json.Marshal(map[redact.Code]any{b.Code: b})
	if err != nil {
		t.Fatal(err)
	}
	outputs["json"] = string(asJSON)

	for name, out := range outputs {
		for _, leak := range []string{secret, code, phone, "800138", fmt.Sprintf("%x", code), fmt.Sprintf("%x", phone), "55 51 57"} {
			if strings.Contains(out, leak) {
				t.Errorf("%s shows %q: %s", name, leak, out)
			}
		}
	}
}

func TestRevealGivesItBack(t *testing.T) {
	b := full()
	if b.Secret.Reveal() != secret || b.Code.Reveal() != code || b.Phone.Reveal() != phone || b.Payload.Reveal() != raw || b.hidden.Reveal() != code {
		t.Fatal("a value changed on its way through")
	}
	var zero bag
	if !zero.Code.IsZero() || zero.Phone.Reveal() != "" {
		t.Fatal("the zero value is not empty")
	}
}

func TestDecode(t *testing.T) {
	var in struct {
		Code  redact.Code
		Phone redact.Phone
	}
	if err := json.Unmarshal([]byte(`{"Code":"12\u0033","Phone":"8613800138000"}`), &in); err != nil {
		t.Fatal(err)
	}
	if in.Code.Reveal() != "123" || in.Phone.Reveal() != phone {
		t.Fatalf("decoded %q %q", in.Code.Reveal(), in.Phone.Reveal())
	}
	err := json.Unmarshal([]byte(`{"Code":739154}`), &in)
	if err == nil || strings.Contains(err.Error(), code) {
		t.Fatalf("a code that is no string must be refused without showing it: %v", err)
	}
	var s redact.Secret
	if err := s.UnmarshalText([]byte("  k3y\n")); err != nil || s.Reveal() != "k3y" {
		t.Fatalf("a secret from a file keeps its newline: %q %v", s.Reveal(), err)
	}
}

func TestPhoneMask(t *testing.T) {
	for in, want := range map[string]string{"8613800138000": "***8000", "1234567": "***", "": "***", "call me at 5": "***"} {
		if got := redact.NewPhone(in).String(); got != want {
			t.Errorf("mask of %q is %q, want %q", in, got, want)
		}
	}
}
