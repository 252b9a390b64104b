package sandbox_test

import (
	"fmt"
	"testing"

	"github.com/otpworker/otpworker/client"
	"github.com/otpworker/otpworker/client/sandbox"
)

// TestNamesAreUnique is about apps, templates and flows each among themselves.
func TestNamesAreUnique(t *testing.T) {
	h := sandbox.New(sandbox.Config{}).Handler()
	for kind, fields := range map[string]string{
		"app":      ``,
		"template": `,"appId":"app1","text":"##code##","codeType":1`,
		"flow":     `,"flow":[{"waitingTime":30,"status":1,"channel":"sms"}]`,
	} {
		named := func(name string) string { return `{"name":"` + name + `"` + fields + `}` }
		for i, step := range []struct{ method, path, name, want string }{
			{post, "add", "shop", "0"},
			{post, "add", "shop", "-20"},
			{post, "add", "Shop", "0"},
			{put, "update/7777", "shop", "-20"},
			{put, "update/7777", "mine", "0"},
			{put, "update/7777", "mine", "0"},
			{put, "update/7777", "ours", "0"},
			{post, "add", "mine", "0"},
			{post, "add", "ours", "-20"},
		} {
			if got := status(t, h, step.method, "/otp/"+kind+"/"+step.path, named(step.name)); got != step.want {
				t.Errorf("%s, step %d: status %s, want %s", kind, i+1, got, step.want)
			}
		}
	}
}

// TestUnknownIDs: open, every id stands for something and an update adds it;
// strict, each is refused.
func TestUnknownIDs(t *testing.T) {
	const (
		node = `{"name":"flow","flow":[{"waitingTime":30,"status":1,"channel":"sms"}]}`
		send = `"code":"1234","to":"8613800138000"`
	)
	requests := []struct{ method, path, body string }{
		{get, "/otp/app/details/app9", ``},
		{get, "/otp/template/details/9", ``},
		{get, "/otp/flow/details/9", ``},
		{put, "/otp/app/update/app9", `{"name":"shop"}`},
		{put, "/otp/template/update/9", `{"name":"text","text":"##code##"}`},
		{put, "/otp/flow/update/9", node},
		{post, "/otp/template/add", `{"appId":"app8","name":"text 8","text":"##code##","codeType":1}`},
		{post, "/otp/backfillRate", `{"appId":"app8","mcc":"460","backfillNow":"10","callbackTime":"2026-01-02T03:04:05Z"}`},
		{post, "/otp/verification/sendRule", `{"appId":"app8",` + send + `}`},
		{post, "/otp/verification/sendRule", `{"appId":"app0001","templateId":8,` + send + `}`},
		{post, "/otp/verification/sendRule", `{"appId":"app0001","templateId":1001,` + send + `}`},
		{post, "/otp/verification/sendRule", `{"appId":"app0001","flowId":8,` + send + `}`},
		{post, "/otp/verification/send", `{"appId":"app0001","templateId":8,"to":"8613800138000"}`},
	}
	for _, tc := range []struct {
		name string
		cfg  sandbox.Config
		want string
	}{
		{"open", sandbox.Config{}, "0"},
		{"strict", sandbox.Config{Strict: true}, "-24"},
		{"strict, -22", sandbox.Config{Strict: true, UnknownID: "-22"}, "-22"},
	} {
		h := sandbox.New(tc.cfg).Handler()
		for _, name := range []string{"mine", "another"} {
			if got := status(t, h, post, "/otp/app/add", `{"name":"`+name+`"}`); got != "0" {
				t.Fatal(got)
			}
		}
		// Template 1001 is app0002's.
		if got := status(t, h, post, "/otp/template/add", `{"appId":"app0002","name":"text2","text":"##code##","codeType":1}`); got != "0" {
			t.Fatal(got)
		}
		for _, r := range requests {
			if got := status(t, h, r.method, r.path, r.body); got != tc.want {
				t.Errorf("%s: %s %s %s: status %s, want %s", tc.name, r.method, r.path, r.body, got, tc.want)
			}
		}
		for _, r := range []struct{ path, body string }{
			{"/otp/verification/resend", `{"verificationId":"22206051443050009999"}`},
			{"/otp/postback/backfill", `{"appId":"app1","verificationId":"22206051443050009999","time":"1630468800000"}`},
		} {
			want := tc.want
			if want == "0" {
				want = "-24" // only the sandbox makes these ids
			}
			if got := status(t, h, post, r.path, r.body); got != want {
				t.Errorf("%s: %s: status %s, want %s", tc.name, r.path, got, want)
			}
		}
		if got := status(t, h, post, "/otp/verification/sendRule", `{"appId":"app0002","templateId":1001,`+send+`}`); got != "0" {
			t.Errorf("%s: known ids: status %s", tc.name, got)
		}
	}
}

// TestChosenIDs: what an update of an unknown id made is found under it, and
// the ids the sandbox makes keep clear of it.
func TestChosenIDs(t *testing.T) {
	inBubble(t, sandbox.Config{}, func(t *testing.T, b bundle) {
		ctx := t.Context()
		before, err := b.client.AppDetails(ctx, "app0001")
		if err != nil || before.Name != "app0001" || before.CodeExpiry != 5 {
			t.Fatalf("%+v, %v", before, err)
		}
		if _, err := b.client.UpdateApp(ctx, "app0002", client.AppSettings{Name: "chosen", CodeExpiry: 9}); err != nil {
			t.Fatal(err)
		}
		if app, err := b.client.AppDetails(ctx, "app0002"); err != nil || app.Name != "chosen" || app.CodeExpiry != 9 {
			t.Errorf("%+v, %v", app, err)
		}
		for i, want := range []string{"app0003", "app0004"} {
			if app, err := b.client.AddApp(ctx, client.AppSettings{Name: fmt.Sprint("added", i)}); err != nil || app.AppID != want {
				t.Errorf("%s: %+v, %v", want, app, err)
			}
		}
		if _, err := b.client.UpdateTemplate(ctx, "1002", client.TemplateSettings{Name: "chosen", Text: "Hi ##code##"}); err != nil {
			t.Fatal(err)
		}
		if made, err := b.client.AddTemplate(ctx, "app1", client.TemplateSettings{Name: "added", Text: "##code##"}); err != nil || made.TemplateID != "1003" {
			t.Errorf("%+v, %v", made, err)
		}
		if list, err := b.client.ListTemplates(ctx); err != nil || len(list) != 2 || list[0].Text != "Hi ##code##" {
			t.Errorf("%+v, %v", list, err)
		}
	})
}

func TestAccountIsBounded(t *testing.T) {
	inBubble(t, sandbox.Config{}, func(t *testing.T, b bundle) {
		for i := range 1000 {
			if got := status(t, b.Handler(), post, "/otp/app/add", fmt.Sprintf(`{"name":"app %d"}`, i)); got != "0" {
				t.Fatalf("app %d: %s", i, got)
			}
		}
		if got := status(t, b.Handler(), post, "/otp/app/add", `{"name":"one more"}`); got != "-23" {
			t.Errorf("one more: %s", got)
		}
		if got := status(t, b.Handler(), put, "/otp/app/update/another", `{"name":"one more"}`); got != "-23" {
			t.Errorf("one more by update: %s", got)
		}
		if got := status(t, b.Handler(), put, "/otp/app/update/app1000", `{"name":"renamed"}`); got != "0" {
			t.Errorf("update: %s", got)
		}
	})
}
