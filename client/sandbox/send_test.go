package sandbox_test

import (
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/otpworker/otpworker/client"
	"github.com/otpworker/otpworker/client/sandbox"
	"github.com/otpworker/otpworker/schema/redact"
)

func TestMadeCodes(t *testing.T) {
	for name, tc := range map[string]struct {
		settings client.TemplateSettings
		want     string
	}{
		"default":      {client.TemplateSettings{}, `^[0-9]{4}$`},
		"numeric":      {client.TemplateSettings{CodeType: client.CodeNumeric, CodeLength: 10}, `^[0-9]{10}$`},
		"alpha":        {client.TemplateSettings{CodeType: client.CodeAlpha, CodeLength: 6}, `^[A-Z]{6}$`},
		"alphanumeric": {client.TemplateSettings{CodeType: client.CodeAlphanumeric, CodeLength: 8}, `^[0-9A-Z]{8}$`},
		"hex":          {client.TemplateSettings{CodeType: client.CodeHex, CodeLength: 5}, `^[0-9a-f]{5}$`},
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, sandbox.Config{}, func(t *testing.T, b bundle) {
				tc.settings.Name, tc.settings.Text = "login", "##code##"
				if _, err := b.client.AddTemplate(t.Context(), "app1", tc.settings); err != nil {
					t.Fatal(err)
				}
				seen := map[string]bool{}
				for range 50 {
					resp, err := b.client.Send(t.Context(), client.SendRequest{AppID: "app1", TemplateID: 1001, To: redact.NewPhone(phone)})
					if err != nil {
						t.Fatal(err)
					}
					code := b.Inbox()[0].Text.Reveal()
					if !regexp.MustCompile(tc.want).MatchString(code) {
						t.Errorf("%q is not %s", code, tc.want)
					}
					seen[code] = true
					if got := b.verdict(t, resp.VerificationID, code); got != client.VerdictMatched {
						t.Errorf("verify: %v", got)
					}
				}
				if len(seen) < 40 {
					t.Errorf("%d codes of 50", len(seen))
				}
			})
		})
	}
}

// TestRunsRepeat: ids and codes are the same each time.
func TestRunsRepeat(t *testing.T) {
	var runs [2]string
	for i := range runs {
		inBubble(t, sandbox.Config{}, func(t *testing.T, b bundle) {
			for range 3 {
				body := text(t, b.Handler(), post, "/otp/verification/send", `{"appId":"app1","templateId":1,"to":"8613800138000"}`)
				runs[i] += body + b.Inbox()[0].Text.Reveal()
			}
		})
	}
	if diff := cmp.Diff(runs[0], runs[1]); diff != "" {
		t.Error(diff)
	}
}

func TestSendFields(t *testing.T) {
	h := sandbox.New(sandbox.Config{}).Handler()
	for _, tc := range []struct{ name, body, want string }{
		{"least", `{"appId":"app1","templateId":1,"to":"8613800138000"}`, "0"},
		{"all", `{"appId":"app1","templateId":1,"to":"8613800138000","flowId":2,"channel":"call","orderId":"o"}`, "0"},
		{"template missing", `{"appId":"app1","to":"8613800138000"}`, "-22"},
		{"template null", `{"appId":"app1","templateId":null,"to":"8613800138000"}`, "-22"},
		{"appId missing", `{"templateId":1,"to":"8613800138000"}`, "-22"},
		{"to short", `{"appId":"app1","templateId":1,"to":"123456789"}`, "-22"},
		{"channel", `{"appId":"app1","templateId":1,"to":"8613800138000","channel":"fax"}`, "-22"},
		{"order long", `{"appId":"app1","templateId":1,"to":"8613800138000","orderId":"` + strings.Repeat("o", 65) + `"}`, "-22"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if got := status(t, h, post, "/otp/verification/send", tc.body); got != tc.want {
				t.Errorf("status %s, want %s", got, tc.want)
			}
		})
	}
}

// TestSensitiveWords are looked for in the rendered text, whatever the case.
func TestSensitiveWords(t *testing.T) {
	inBubble(t, sandbox.Config{SensitiveWords: []string{"Casino", "666", ""}}, func(t *testing.T, b bundle) {
		if _, err := b.client.AddTemplate(t.Context(), "app1", client.TemplateSettings{Name: "bets", Text: "CASINO: ##code##"}); err != nil {
			t.Fatal(err)
		}
		for _, tc := range []struct {
			template int64
			code     string
			want     string
		}{
			{0, "1234", "accepted"}, {1001, "1234", "refused 200 -29"}, {0, "16669", "refused 200 -29"},
		} {
			r := request("o")
			r.TemplateID, r.Code = tc.template, redact.NewCode(tc.code)
			if _, err := b.client.SendRule(t.Context(), r); outcome(err) != tc.want {
				t.Errorf("template %d, code %s: %v, want %s", tc.template, tc.code, err, tc.want)
			}
		}
		if n := len(b.Sends("o")); n != 1 {
			t.Errorf("%d sends", n)
		}
	})
}
