package sandbox_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/otpworker/otpworker/client"
	"github.com/otpworker/otpworker/client/sandbox"
)

func TestTemplateOnTheWire(t *testing.T) {
	h := sandbox.New(sandbox.Config{}).Handler()
	const (
		added   = `{"templateId":1001,"appId":"app1","name":"login","text":"Hi ##code##","codeType":3,"codeLength":8,"speechRate":0,"language":"VN","maxDuration":599,"repeatCnt":10,"senderId":"Shop"}`
		least   = `{"templateId":1002,"appId":"app1","name":"other","text":"##code##","codeType":1,"codeLength":4,"speechRate":50,"language":"EN","maxDuration":59,"repeatCnt":1,"senderId":""}`
		updated = `{"templateId":1001,"appId":"app1","name":"login","text":"Yo ##code##","codeType":1,"codeLength":4,"speechRate":50,"language":"EN","maxDuration":59,"repeatCnt":1,"senderId":""}`
		unknown = `{"templateId":9,"appId":"","name":"template 9","text":"Your verification code is ##code##.","codeType":1,"codeLength":4,"speechRate":50,"language":"EN","maxDuration":59,"repeatCnt":1,"senderId":""}`
	)
	for _, tc := range []struct{ method, path, body, want string }{
		{get, "list", ``, `[]`},
		{post, "add", strings.Replace(added, `"templateId":1001,`, "", 1), added},
		{post, "add", `{"appId":"app1","name":"other","text":"##code##","codeType":1}`, least},
		{put, "update/1001", `{"appId":"app2","name":"login","text":"Yo ##code##"}`, updated},
		{get, "details/1001", ``, updated},
		{get, "list", ``, `[` + updated + `,` + least + `]`},
		{get, "details/9", ``, unknown},
	} {
		want := `{"status":"0","reason":"success","data":` + tc.want + `}`
		if diff := cmp.Diff(want, text(t, h, tc.method, "/otp/template/"+tc.path, tc.body)); diff != "" {
			t.Errorf("%s %s: %s", tc.method, tc.path, diff)
		}
	}
}

func TestTemplateFields(t *testing.T) {
	with := func(fields string) string {
		return `{"appId":"app1","name":"login","text":"##code##","codeType":1` + fields + `}`
	}
	for _, tc := range []struct{ name, body, want string }{
		{"least", with(``), "0"},
		{"nulls", with(`,"codeLength":null,"language":null,"senderId":null`), "0"},
		{"longest text", `{"appId":"app1","name":"login","text":"##code##` + strings.Repeat("é", 248) + `","codeType":4}`, "0"},
		{"least numbers", with(`,"codeLength":4,"speechRate":0,"maxDuration":5,"repeatCnt":1`), "0"},
		{"largest numbers", with(`,"codeLength":10,"speechRate":100,"maxDuration":599,"repeatCnt":10`), "0"},
		{"name missing", `{"appId":"app1","text":"##code##","codeType":1}`, "-22"},
		{"name short", `{"appId":"app1","name":"abc","text":"##code##","codeType":1}`, "-22"},
		{"text missing", `{"appId":"app1","name":"login","codeType":1}`, "-22"},
		{"text without a code", `{"appId":"app1","name":"login","text":"#code#","codeType":1}`, "-22"},
		{"text long", `{"appId":"app1","name":"login","text":"##code##` + strings.Repeat("é", 249) + `","codeType":1}`, "-22"},
		{"code type 0", `{"appId":"app1","name":"login","text":"##code##","codeType":0}`, "-22"},
		{"code type 5", `{"appId":"app1","name":"login","text":"##code##","codeType":5}`, "-22"},
		{"code type a text", `{"appId":"app1","name":"login","text":"##code##","codeType":"1"}`, "-22"},
		{"code length 3", with(`,"codeLength":3`), "-22"},
		{"code length 11", with(`,"codeLength":11`), "-22"},
		{"speech rate -1", with(`,"speechRate":-1`), "-22"},
		{"speech rate 101", with(`,"speechRate":101`), "-22"},
		{"language", with(`,"language":"FR"`), "-22"},
		{"duration 4", with(`,"maxDuration":4`), "-22"},
		{"duration 600", with(`,"maxDuration":600`), "-22"},
		{"repeat 0", with(`,"repeatCnt":0`), "-22"},
		{"repeat 11", with(`,"repeatCnt":11`), "-22"},
		{"sender long", with(`,"senderId":"` + strings.Repeat("s", 65) + `"`), "-22"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			for method, path := range map[string]string{post: "add", put: "update/7"} {
				h := sandbox.New(sandbox.Config{}).Handler()
				if got := status(t, h, method, "/otp/template/"+path, tc.body); got != tc.want {
					t.Errorf("%s: status %s, want %s", path, got, tc.want)
				}
			}
		})
	}
	h := sandbox.New(sandbox.Config{}).Handler()
	for _, body := range []string{`{"name":"login","text":"##code##","codeType":1}`, `{"appId":"app1","name":"login","text":"##code##"}`} {
		if got := status(t, h, post, "/otp/template/add", body); got != "-22" {
			t.Errorf("add %s: status %s", body, got)
		}
		if got := status(t, h, put, "/otp/template/update/7", body); got != "0" {
			t.Errorf("update %s: status %s", body, got)
		}
	}
	for _, kind := range []string{"template", "flow"} {
		for _, id := range []string{"0", "-1", "x", "1.5", "99999999999999999999"} {
			if got := status(t, h, get, "/otp/"+kind+"/details/"+id, ""); got != "-22" {
				t.Errorf("%s %s: status %s", kind, id, got)
			}
		}
	}
}

// TestTemplateIsRendered, with the caller's code or one it makes itself.
func TestTemplateIsRendered(t *testing.T) {
	inBubble(t, sandbox.Config{}, func(t *testing.T, b bundle) {
		tmpl, err := b.client.AddTemplate(t.Context(), "app1", client.TemplateSettings{Name: "login", Text: "##code## it is, ##code##", Language: client.LanguageJP})
		if err != nil || tmpl.TemplateID != "1001" {
			t.Fatalf("%+v, %v", tmpl, err)
		}
		r := request("o")
		b.sent(t, r)
		r.TemplateID = 1001
		b.sent(t, r)
		r.TemplateID = 404
		b.sent(t, r)
		// What was sent is not changed by an update.
		if _, err := b.client.UpdateTemplate(t.Context(), "1001", client.TemplateSettings{Name: "login", Text: "##code##?"}); err != nil {
			t.Fatal(err)
		}
		want := []string{
			"00:00 sms sent Your verification code is 1234.",
			"00:00 sms sent 1234 it is, 1234",
			"00:00 sms sent Your verification code is 1234.",
		}
		if diff := cmp.Diff(want, b.inbox()); diff != "" {
			t.Error(diff)
		}
		var languages []string
		for _, m := range b.Inbox() {
			languages = append(languages, m.Language)
		}
		if diff := cmp.Diff([]string{"EN", "JP", "EN"}, languages); diff != "" {
			t.Error(diff)
		}
	})
}
