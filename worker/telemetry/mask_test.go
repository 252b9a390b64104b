package telemetry

import "testing"

func TestMaskText(t *testing.T) {
	for text, want := range map[string]string{
		"":                                       "",
		"8613800138000":                          "***8000",
		"+8613800138000":                         "+***8000",
		"008613800138000":                        "***8000",
		"+49 (176) 9876-5432":                    "+***5432",
		"call 8613800138000, then 4917698765432": "call ***8000, then ***5432",
		"to=8613800138000&x=1":                   "to=***8000&x=1",
		"?to=%2B8613800138000":                   "?to=%2B***8000",
		"order-8613800138000":                    "order-***8000",
		`{"to":"8613800138000"}`:                 `{"to":"***8000"}`,
		// What must stay readable.
		"spring-00000042":                      "spring-00000042",
		"2026-11-22 03:58:44":                  "2026-11-22 03:58:44",
		"2026-11-22T03:58:44.123456789Z":       "2026-11-22T03:58:44.123456789Z",
		"dial tcp 192.168.100.200:4222":        "dial tcp 192.168.100.200:4222",
		"22206051443050000042":                 "22206051443050000042",
		"550e8400-e29b-41d4-a716-446655440000": "550e8400-e29b-41d4-a716-446655440000",
		"a1700000000000":                       "a1700000000000",
		"123456789":                            "123456789",
	} {
		if got := maskText(text); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}

func FuzzMaskText(f *testing.F) {
	f.Add("+49 (176) 9876-5432 and 8613800138000")
	f.Fuzz(func(t *testing.T, s string) {
		once := maskText(s)
		if twice := maskText(once); twice != once {
			t.Errorf("%q becomes %q and then %q", s, once, twice)
		}
	})
}
