package client_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"time"

	"github.com/otpworker/otpworker/client"
	"github.com/otpworker/otpworker/client/sandbox"
	"github.com/otpworker/otpworker/schema/redact"
)

// scripted returns a client of a provider that knows these answers, by method
// and the start of the path.
func scripted(answers map[string]string) (c *client.Client, stop func()) {
	provider := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		for route, answer := range answers {
			if strings.HasPrefix(r.Method+" "+r.URL.Path, route) {
				_, _ = io.WriteString(w, answer)
			}
		}
	}))
	c, err := client.New(client.Config{
		BaseURL: provider.URL + "/otp",
		APIKey:  redact.NewSecret("bDqJFiq9"), APISecret: redact.NewSecret("7bz1lzh9"),
	})
	if err != nil {
		log.Fatal(err)
	}
	return c, func() { c.Close(); provider.Close() }
}

// sandboxed returns a client of a provider that remembers what it was told.
func sandboxed() (c *client.Client, stop func()) {
	provider := httptest.NewServer(sandbox.New(sandbox.Config{}).Handler())
	c, err := client.New(client.Config{
		BaseURL: provider.URL + "/otp",
		APIKey:  redact.NewSecret(sandbox.DefaultKey), APISecret: redact.NewSecret(sandbox.DefaultSecret),
	})
	if err != nil {
		log.Fatal(err)
	}
	return c, func() { c.Close(); provider.Close() }
}

// The provider makes the code, and tells whether somebody knows it. No error
// is no match: ask Matched.
func ExampleClient_Verify() {
	c, stop := sandboxed()
	defer stop()
	ctx := context.Background()
	app, err := c.AddApp(ctx, client.AppSettings{Name: "shop"})
	if err != nil {
		log.Fatal(err)
	}
	template, err := c.AddTemplate(ctx, app.AppID, client.TemplateSettings{Name: "login", Text: "Your code: ##code##"})
	if err != nil {
		log.Fatal(err)
	}
	templateID, err := strconv.ParseInt(template.TemplateID, 10, 64)
	if err != nil {
		log.Fatal(err)
	}
	sent, err := c.Send(ctx, client.SendRequest{AppID: app.AppID, TemplateID: templateID, To: redact.NewPhone("8613800138000")})
	if err != nil {
		log.Fatal(err)
	}
	v, err := c.Verify(ctx, client.VerifyRequest{VerificationID: sent.VerificationID, Code: redact.NewCode("wrong")})
	fmt.Println(err, v.Matched(), v.Verdict)
	// Output: <nil> false wrong code
}

// Resend sends once more, under a new id.
func ExampleClient_Resend() {
	c, stop := scripted(map[string]string{
		"POST /otp/verification/resend": `{"status":"0","data":{"verificationId":"22206051443051000004","to":"8613800138000","channel":"call"}}`,
	})
	defer stop()
	again, err := c.Resend(context.Background(), client.ResendRequest{VerificationID: "22206051443051000003", Channel: client.ChannelCall})
	fmt.Println(again.VerificationID, again.To, again.Channel, err)
	// Output: 22206051443051000004 ***8000 call <nil>
}

func ExampleClient_RecordByVerificationID() {
	c, stop := scripted(map[string]string{
		"GET /otp/verification/record/": `{"status":"0","data":{"verificationId":"22206051443051000003",
			"verifications":{"matched":-1,"oriReceiver":"8613800138000","channel":"sms"},
			"sms":{"status":0,"chargeCnt":1,"pay":"0.0045"}}}`,
	})
	defer stop()
	rec, err := c.RecordByVerificationID(context.Background(), "22206051443051000003")
	fmt.Println(rec.Found, rec.State, rec.Matched, rec.Receiver, rec.Messages[0].SMS.Pay, err)
	// Output: true sent not verified ***8000 0.0045 <nil>
}

// Every fault is named at once, before anything is sent.
func ExampleClient_AddApp() {
	c, stop := scripted(map[string]string{
		"POST /otp/app/add": `{"status":"0","data":{"appId":"mRELxtHc","name":"shop","codeExpiry":10}}`,
	})
	defer stop()
	ctx := context.Background()
	settings := client.AppSettings{Name: "shp", CodeExpiry: 90, PeriodTotalSendLimit: &client.Limit{Enabled: true, Unit: client.UnitMinute, Period: 1}}
	_, err := c.AddApp(ctx, settings)
	if invalid, ok := errors.AsType[*client.InvalidRequestError](err); ok {
		for _, fault := range invalid.Faults {
			fmt.Printf("%s: %s\n", fault.Field, fault.Problem)
		}
	}
	settings.Name, settings.CodeExpiry, settings.PeriodTotalSendLimit.Limit = "shop", 10, 3
	app, err := c.AddApp(ctx, settings)
	fmt.Println(app.AppID, err)
	// Output:
	// name: has 3 characters, must have 4 to 32
	// codeExpiry: 90 is outside 1 to 60
	// periodTotalSendLimit.limit: 0 is outside 1 to 10000000000
	// mRELxtHc <nil>
}

// An update replaces the whole object: read, change, write.
func ExampleClient_UpdateApp() {
	c, stop := sandboxed()
	defer stop()
	ctx := context.Background()
	app, err := c.AddApp(ctx, client.AppSettings{Name: "shop", CodeExpiry: 10})
	if err != nil {
		log.Fatal(err)
	}
	app, err = c.AppDetails(ctx, app.AppID)
	if err != nil {
		log.Fatal(err)
	}
	settings := app.AppSettings
	settings.PeriodPhoneSendLimit = &client.Limit{Enabled: true, Unit: client.UnitHour, Period: 1, Limit: 5}
	app, err = c.UpdateApp(ctx, app.AppID, settings)
	limit := app.PeriodPhoneSendLimit
	fmt.Println(app.CodeExpiry, "minutes;", limit.Limit, "sends to a phone in", limit.Duration(), err)
	// Output: 10 minutes; 5 sends to a phone in 1h0m0s <nil>
}

func ExampleClient_AddTemplate() {
	c, stop := scripted(map[string]string{
		"POST /otp/template/add": `{"status":"0","data":{"templateId":23,"appId":"mRELxtHc","name":"login","text":"Your code: ##code##","codeType":1,"codeLength":6}}`,
	})
	defer stop()
	t, err := c.AddTemplate(context.Background(), "mRELxtHc", client.TemplateSettings{
		Name: "login", Text: "Your code: ##code##", CodeType: client.CodeNumeric, CodeLength: 6,
	})
	fmt.Println(t.TemplateID, t.Text, t.CodeType, err)
	// Output: 23 Your code: ##code## numeric <nil>
}

func ExampleClient_ListTemplates() {
	c, stop := scripted(map[string]string{
		"GET /otp/template/list": `{"status":"0","data":[{"templateId":23,"name":"login","text":"##code##"},{"templateId":24,"name":"reset","text":"##code##"}]}`,
	})
	defer stop()
	templates, err := c.ListTemplates(context.Background())
	for _, t := range templates {
		fmt.Println(t.TemplateID, t.Name)
	}
	fmt.Println(err)
	// Output:
	// 23 login
	// 24 reset
	// <nil>
}

// A call follows a text message that was not answered for a minute.
func ExampleClient_AddFlow() {
	c, stop := scripted(map[string]string{
		"POST /otp/flow/add": `{"status":"0","data":{"flowId":12,"name":"call later","flow":[{"waitingTime":60,"status":2,"channel":"call","channelCut":0}]}}`,
	})
	defer stop()
	flow, err := c.AddFlow(context.Background(), client.FlowSettings{Name: "call later", Flow: []client.FlowNode{
		{WaitingTime: 60, Trigger: client.TriggerNotVerified, Channel: client.ChannelCall},
	}})
	fmt.Println(flow.FlowID, flow.Flow[0].Trigger, "after", flow.Flow[0].WaitingTime, err)
	// Output: 12 not verified after 60 <nil>
}

func ExampleClient_Balance() {
	c, stop := scripted(map[string]string{"GET /sms/getBalance": `{"status":"0","reason":"success","balance":"99.990000","gift":"50.00000","credit":"0.0"}`})
	defer stop()
	b, err := c.Balance(context.Background())
	fmt.Println(b.Balance, b.Gift, b.Credit, err)
	// Output: 99.990000 50.00000 0.0 <nil>
}

func ExampleClient_ReportCodeUsed() {
	c, stop := scripted(map[string]string{"POST /otp/postback/backfill": `{"status":"0"}`})
	defer stop()
	err := c.ReportCodeUsed(context.Background(), client.CodeUsed{
		AppID: "mRELxtHc", VerificationID: "22206051443051000003", Time: time.Date(2026, 1, 2, 15, 4, 5, 0, time.UTC),
	})
	fmt.Println(err)
	// Output: <nil>
}

func ExampleClient_ReportConversion() {
	c, stop := scripted(map[string]string{"POST /otp/backfillRate": `{"status":"-22","reason":"mcc"}`})
	defer stop()
	err := c.ReportConversion(context.Background(), client.Conversion{
		AppID: "mRELxtHc", MCC: "460", Sent: 1000, Verified: 100, Rate: 10, Time: time.Date(2026, 1, 2, 15, 4, 5, 0, time.UTC),
	})
	refused, _ := errors.AsType[*client.RefusedError](err)
	fmt.Println(refused.Status == client.StatusInvalidParameter)
	// Output: true
}
