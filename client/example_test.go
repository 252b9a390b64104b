package client_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"net/http/httptest"
	"time"

	"github.com/otpworker/otpworker/client"
	"github.com/otpworker/otpworker/client/sandbox"
	"github.com/otpworker/otpworker/schema/redact"
)

// A code is sent under an orderId and with its expiry as the deadline. The
// error's type says what may have happened.
func ExampleClient_SendRule() {
	provider := httptest.NewServer(sandbox.New(sandbox.Config{}).Handler())
	defer provider.Close()

	c, err := client.New(client.Config{
		BaseURL:   provider.URL + "/otp",
		APIKey:    redact.NewSecret(sandbox.DefaultKey),
		APISecret: redact.NewSecret(sandbox.DefaultSecret),
	})
	if err != nil {
		log.Fatal(err)
	}
	defer c.Close()

	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Minute)
	defer cancel()
	for i, number := range []string{"8613800138000", "15552800001", "15556200001"} {
		req := client.SendRuleRequest{
			AppID: "app1", Code: redact.NewCode("739154"),
			To: redact.NewPhone(number), OrderID: fmt.Sprint("order-", i),
		}
		resp, err := c.SendRule(ctx, req)
		if err == nil {
			fmt.Println("accepted as", resp.VerificationID)
			continue
		}
		fmt.Println(err)
		if _, lost := errors.AsType[*client.UnknownError](err); lost {
			record, err := c.RecordByOrderID(ctx, client.RecordByOrderIDRequest{AppID: "app1", OrderID: req.OrderID})
			fmt.Println("found:", record.Found, record.State, err)
		}
	}
	// Output:
	// accepted as 22206051443050000001
	// call sendRule: refused with status -28
	// call sendRule: outcome unknown: the answer is cut: unexpected EOF
	// found: true sent <nil>
}
