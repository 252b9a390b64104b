package schema_test

import (
	"errors"
	"fmt"
	"time"

	"github.com/otpworker/otpworker/schema"
	"github.com/otpworker/otpworker/schema/redact"
)

func ExampleJob_Encode() {
	job := schema.Job{
		ID:         "login-7f3a",
		AppID:      "demo-app",
		Code:       redact.NewCode("739154"),
		To:         redact.NewPhone("8613800138000"),
		TTLSeconds: 120,
	}
	document, err := job.Encode()
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(schema.JobSubject(schema.LaneInteractive, job.AppID))
	fmt.Println(string(document))
	fmt.Println(job.Code, job.To)
	// Output:
	// otp.v1.job.interactive.demo-app
	// {"id":"login-7f3a","appId":"demo-app","code":"739154","to":"8613800138000","ttlSeconds":120}
	// [redacted code] ***8000
}

func ExampleDecodeJob() {
	_, err := schema.DecodeJob([]byte(`{"id":"login-7f3a","appId":"demo-app","code":739154,"to":"+8613800138000"}`))
	if faults, ok := errors.AsType[schema.Faults](err); ok {
		for _, fault := range faults {
			fmt.Printf("%s: %s\n", fault.Field, fault.Problem)
		}
	}
	// Output:
	// code: must be a string: write it in double quotes
	// to: must be digits only: drop the +
}

func ExampleJob_Expiry() {
	queuedAt := time.Date(2026, 1, 2, 15, 4, 5, 0, time.UTC)
	job := schema.Job{CreatedAt: queuedAt.Add(-10 * time.Second), TTLSeconds: 60}
	fmt.Println(job.Expiry(queuedAt).Format(time.TimeOnly))
	// Output: 15:04:55
}

func ExampleCheckReplyTo() {
	allowed := []string{schema.ReplySubjects}
	fmt.Println(schema.CheckReplyTo("otp.v1.reply.shop.42", allowed))
	fmt.Println(schema.CheckReplyTo("$JS.API.STREAM.DELETE.OTP_JOBS", allowed))
	// Output:
	// <nil>
	// must be a literal subject with tokens of A-Z a-z 0-9 _ -
}

func ExampleResultID() {
	fmt.Println(schema.ResultID("login-7f3a"))
	// Output: res-login-7f3a
}
