package schema

import (
	"time"

	"github.com/otpworker/otpworker/schema/redact"
)

// wireJob is a job as it travels, code and number in the clear. It lives for
// the length of one call and is what job.schema.json is generated from.
//
// Times are strings so that a malformed one is a fault of its field and not
// the end of decoding. The two numbers are pointers so that a 0 that somebody
// wrote is told from a field left out.
type wireJob struct {
	ID         string            `json:"id" jsonschema:"minLength=1,maxLength=64,pattern=^[A-Za-z0-9_-]*$,example=login-7f3a" jsonschema_description:"Idempotency key: two jobs with one id are one job. Publish it as Nats-Msg-Id too."`
	AppID      string            `json:"appId" jsonschema:"minLength=4,maxLength=32,pattern=^[A-Za-z0-9_-]*$,example=demo-app" jsonschema_description:"The provider's app. Also the fifth token of the subject."`
	TemplateID *int64            `json:"templateId,omitempty" jsonschema:"minimum=1,maximum=9223372036854775807" jsonschema_description:"The provider's template. Left out, the provider chooses."`
	Code       string            `json:"code,omitempty" jsonschema:"minLength=1,maxLength=10,pattern=^[!-~]*$,example=739154" jsonschema_description:"The one-time code: printable ASCII without spaces, as a string, so that leading zeros stay. Left out in a sealed job."`
	FlowID     *int64            `json:"flowId,omitempty" jsonschema:"minimum=1,maximum=9223372036854775807" jsonschema_description:"The provider's task flow. A flow can send more than one message."`
	To         string            `json:"to,omitempty" jsonschema:"minLength=10,maxLength=14,pattern=^[1-9][0-9]*$,example=8613800138000" jsonschema_description:"Country code and number, 10 to 14 digits, without a leading plus sign. Left out in a sealed job."`
	Channel    Channel           `json:"channel,omitempty" jsonschema:"default=sms" jsonschema_description:"How the code reaches the phone."`
	OrderID    string            `json:"orderId,omitempty" jsonschema:"maxLength=64,pattern=^[A-Za-z0-9_.-]*$" jsonschema_description:"What the provider knows the job by. Defaults to the id."`
	ReplyTo    string            `json:"replyTo,omitempty" jsonschema:"maxLength=200" jsonschema_description:"Subject that the result is also published to, at most 200 bytes. Literal and under a prefix that the worker allows (otp.v1.reply by default); anything else is ignored and the result says so."`
	CreatedAt  string            `json:"createdAt,omitempty" jsonschema:"format=date-time" jsonschema_description:"When the code was made, RFC 3339. Defaults to when the job was queued; a later time counts as that."`
	ExpiresAt  string            `json:"expiresAt,omitempty" jsonschema:"format=date-time" jsonschema_description:"Nothing is sent after this instant, RFC 3339, at most 3600 s after createdAt. Defaults to createdAt plus ttlSeconds; if both are given the earlier counts."`
	TTLSeconds int               `json:"ttlSeconds,omitempty" jsonschema:"minimum=0,maximum=3600,default=300" jsonschema_description:"Life of the code in seconds. 0 means the default."`
	BatchID    string            `json:"batchId,omitempty" jsonschema:"maxLength=64,pattern=^[A-Za-z0-9_-]*$" jsonschema_description:"Name of the batch the job belongs to. On the subject of a managed batch its sixth token, 1 to 48 characters."`
	Sealed     string            `json:"sealed,omitempty" jsonschema:"maxLength=1024,pattern=^X[A-Z2-7]{55}[.]X[A-Z2-7]{55}[.][A-Za-z0-9_-]+$" jsonschema_description:"Code and number encrypted for the workers' key, in place of both: the workers' public xkey, a dot, the sender's public xkey, a dot, the box in base64url without padding. In the box, UTF-8 JSON with id, appId, code and to; id and appId are those of the job."`
	Metadata   map[string]string `json:"metadata,omitempty" jsonschema_description:"Echoed in the result. Keys of 1 to 64 bytes, values of at most 256 bytes, no control characters, no codes and no numbers."`
}

// job returns the job and the faults that only the wire form can show.
func (w *wireJob) job() (Job, Faults) {
	var f Faults
	j := Job{
		ID: w.ID, AppID: w.AppID,
		TemplateID: given(&f, "templateId", w.TemplateID),
		Code:       redact.NewCode(w.Code),
		FlowID:     given(&f, "flowId", w.FlowID),
		To:         redact.NewPhone(w.To),
		Channel:    w.Channel, OrderID: w.OrderID, ReplyTo: w.ReplyTo,
		CreatedAt:  instant(&f, "createdAt", w.CreatedAt),
		ExpiresAt:  instant(&f, "expiresAt", w.ExpiresAt),
		TTLSeconds: w.TTLSeconds, BatchID: w.BatchID, Sealed: w.Sealed,
	}
	if j.Channel == "" {
		j.Channel = ChannelSMS
	}
	if len(w.Metadata) > 0 {
		j.Metadata = w.Metadata
	}
	return j, f
}

func given(f *Faults, field string, n *int64) int64 {
	if n == nil {
		return 0
	}
	if *n == 0 {
		f.check(field, numberProblem)
	}
	return *n
}

const timeProblem = "must be an RFC 3339 time in double quotes, such as \"2026-01-02T15:04:05Z\""

func instant(f *Faults, field, s string) time.Time {
	var t time.Time
	if s == "" {
		return t
	}
	if err := t.UnmarshalText([]byte(s)); err != nil {
		f.check(field, timeProblem)
		return time.Time{}
	}
	return t
}

// wire reveals the code and the number.
func (j Job) wire() wireJob {
	return wireJob{
		ID: j.ID, AppID: j.AppID, TemplateID: pointer(j.TemplateID),
		Code: j.Code.Reveal(), FlowID: pointer(j.FlowID), To: j.To.Reveal(),
		Channel: j.Channel, OrderID: j.OrderID, ReplyTo: j.ReplyTo,
		CreatedAt: text(j.CreatedAt), ExpiresAt: text(j.ExpiresAt),
		TTLSeconds: j.TTLSeconds, BatchID: j.BatchID, Sealed: j.Sealed, Metadata: j.Metadata,
	}
}

func pointer(n int64) *int64 {
	if n == 0 {
		return nil
	}
	return &n
}

func text(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339Nano)
}
