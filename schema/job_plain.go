package schema

import (
	"time"

	"github.com/otpworker/otpworker/schema/plain"
	"github.com/otpworker/otpworker/schema/redact"
)

// decodePlain decodes a job whose document is plain, as nearly all are, and
// whose fields have the right types. Of any other it returns false and decides
// nothing.
func decodePlain(data []byte) (j Job, ok bool) {
	if len(data) > MaxBytes {
		return Job{}, false
	}
	r := plain.Read(string(data))
	seen := 0
	for name, more := r.Next(); more; name, more = r.Next() {
		bit := j.readField(&r, name)
		if seen&bit != 0 {
			r.Odd() // the last one counts, says encoding/json
		}
		seen |= bit
	}
	if j.Channel == "" {
		j.Channel = ChannelSMS
	}
	return j, r.Done()
}

// readField reads one field and returns its bit.
func (j *Job) readField(r *plain.Reader, name string) (bit int) {
	switch name {
	case "id":
		j.ID = r.String()
		return 1 << 0
	case "appId":
		j.AppID = r.String()
		return 1 << 1
	case "templateId":
		j.TemplateID = positive(r)
		return 1 << 2
	case "code":
		j.Code = redact.NewCode(r.String())
		return 1 << 3
	case "flowId":
		j.FlowID = positive(r)
		return 1 << 4
	case "to":
		j.To = redact.NewPhone(r.String())
		return 1 << 5
	case "channel":
		j.Channel = Channel(r.String())
		return 1 << 6
	case "orderId":
		j.OrderID = r.String()
		return 1 << 7
	case "replyTo":
		j.ReplyTo = r.String()
		return 1 << 8
	case "createdAt":
		j.CreatedAt = plainTime(r)
		return 1 << 9
	case "expiresAt":
		j.ExpiresAt = plainTime(r)
		return 1 << 10
	case "ttlSeconds":
		j.TTLSeconds = int(r.Int())
		return 1 << 11
	case "batchId":
		j.BatchID = r.String()
		return 1 << 12
	case "metadata":
		j.Metadata = plainMetadata(r)
		return 1 << 13
	case "sealed":
		j.Sealed = r.String()
		return 1 << 14
	}
	r.Odd() // unknown, or a known one in other letters
	return 0
}

// positive leaves 0 alone: written down it is a fault.
func positive(r *plain.Reader) int64 {
	n := r.Int()
	if n == 0 {
		r.Odd()
	}
	return n
}

func plainTime(r *plain.Reader) (t time.Time) {
	s := r.String()
	if s != "" && t.UnmarshalText([]byte(s)) != nil {
		r.Odd()
	}
	return t
}

func plainMetadata(r *plain.Reader) map[string]string {
	var m map[string]string
	r.Object()
	for key, more := r.Next(); more; key, more = r.Next() {
		if m == nil {
			m = map[string]string{}
		}
		m[key] = r.String()
	}
	return m
}
