package telemetry

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
)

// A redactor stands in front of every handler. The types of schema/redact mask
// themselves; this is for what somebody logs as a plain string or number: it masks
// what looks like a phone number or a code, and what is called one. It looks at
// attributes only, the message is the program's own.
type redactor struct {
	next  slog.Handler
	level slog.Leveler
}

func (h *redactor) Enabled(ctx context.Context, level slog.Level) bool {
	return level >= h.level.Level() && h.next.Enabled(ctx, level)
}

func (h *redactor) Handle(ctx context.Context, r slog.Record) error {
	clean := true
	r.Attrs(func(a slog.Attr) bool {
		_, changed := maskAttr(a)
		clean = !changed
		return clean
	})
	if clean {
		return h.next.Handle(ctx, r)
	}
	masked := slog.NewRecord(r.Time, r.Level, r.Message, r.PC)
	r.Attrs(func(a slog.Attr) bool {
		a, _ = maskAttr(a)
		masked.AddAttrs(a)
		return true
	})
	return h.next.Handle(ctx, masked)
}

func (h *redactor) WithAttrs(attrs []slog.Attr) slog.Handler {
	masked := make([]slog.Attr, len(attrs))
	for i, a := range attrs {
		masked[i], _ = maskAttr(a)
	}
	return &redactor{h.next.WithAttrs(masked), h.level}
}

func (h *redactor) WithGroup(name string) slog.Handler {
	return &redactor{h.next.WithGroup(name), h.level}
}

// maskAttr masks one attribute; changed says that it had to.
func maskAttr(a slog.Attr) (masked slog.Attr, changed bool) {
	if a.Value.Kind() == slog.KindLogValuer {
		a.Value = a.Value.Resolve()
		changed = true // resolved once, so that what is masked is what is written
	}
	switch a.Value.Kind() {
	case slog.KindGroup:
		return maskGroup(a)
	case slog.KindString:
		if text := maskString(a.Key, a.Value.String()); text != a.Value.String() {
			return slog.String(a.Key, text), true
		}
	case slog.KindInt64, slog.KindUint64, slog.KindFloat64:
		if isPersonal(a.Key) {
			return slog.String(a.Key, mask), true
		}
	case slog.KindAny:
		if text, is := textOf(a.Value.Any()); is {
			if clean := maskString(a.Key, text); clean != text {
				return slog.String(a.Key, clean), true
			}
		}
	case slog.KindBool, slog.KindDuration, slog.KindTime, slog.KindLogValuer:
	}
	return a, changed
}

func maskGroup(a slog.Attr) (slog.Attr, bool) {
	group := a.Value.Group()
	for i, member := range group {
		if masked, changed := maskAttr(member); changed {
			all := append([]slog.Attr(nil), group...)
			all[i] = masked
			for k := i + 1; k < len(all); k++ {
				all[k], _ = maskAttr(all[k])
			}
			return slog.Attr{Key: a.Key, Value: slog.GroupValue(all...)}, true
		}
	}
	return a, false
}

// textOf is what a handler would write of a value.
func textOf(v any) (text string, is bool) {
	switch v := v.(type) {
	case nil:
		return "", false
	case []byte:
		return string(v), true
	}
	return fmt.Sprintf("%+v", v), true // which survives a nil receiver
}

func maskString(key, value string) string {
	switch {
	case value == "":
		return value
	case isPersonal(key), isCode(value) && !ownKeys[key]:
		return mask
	}
	return maskText(value)
}

// isCode: four to nine digits and nothing else. Longer ones are phone numbers.
func isCode(s string) bool {
	if len(s) < 4 || len(s) >= minPhone {
		return false
	}
	return strings.IndexFunc(s, func(r rune) bool { return r < '0' || r > '9' }) < 0
}

// ownKeys are our own names of what may be digits only and is no code.
var ownKeys = map[string]bool{
	"job_id": true, "app_id": true, "batch_id": true, "status": true, "version": true, "port": true, "key": true,
}

// personal are the keys whose values are masked, whatever they look like.
var personal = map[string]bool{
	"code": true, "otp": true, "pin": true, "phone": true, "phone_number": true, "phonenumber": true, "number": true,
	"msisdn": true, "mobile": true, "recipient": true, "receiver": true, "password": true, "secret": true,
	"api_key": true, "apikey": true, "api_secret": true, "token": true, "authorization": true, "sign": true,
}

func isPersonal(key string) bool {
	for i := range len(key) {
		if key[i] >= 'A' && key[i] <= 'Z' {
			return personal[strings.ToLower(key)]
		}
	}
	return personal[key]
}
