package worker_test

import (
	"context"
	"maps"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/otpworker/otpworker/schema"
	"github.com/otpworker/otpworker/worker/queue"
)

// With OTPWORKER_RESULT_FORMAT=cloudevents the stored result and the reply carry
// the attributes as headers beside the same document; without it neither has any.
func TestResultFormat(t *testing.T) {
	for _, format := range []queue.ResultFormat{queue.ResultPlain, queue.ResultCloudEvents} {
		t.Run(string(format), func(t *testing.T) {
			inVirtualTime(t, func(s *setup) { s.queue.ResultFormat = format }, func(t *testing.T, r *rig) {
				heard, stored := r.resultMessages(schema.Job{
					ID: "j1", AppID: "app1", Code: job("", "").Code, To: job("", goodNumber).To, ReplyTo: "otp.v1.reply.j1",
				})
				for where, msg := range map[string]*nats.Msg{"reply": heard, "stream": stored} {
					result, err := schema.DecodeResult(msg.Data)
					if err != nil || result.Outcome != schema.OutcomeSent {
						t.Fatalf("%s: %+v %v", where, result, err)
					}
					want := map[string]string{}
					if format == queue.ResultCloudEvents {
						want = map[string]string{
							"ce-specversion": "1.0", "ce-id": "res-j1", "ce-source": "/otpworker/app1", "ce-subject": "j1",
							"ce-type": "io.github.otpworker.v1.result.sent", "ce-time": result.CompletedAt.Format(time.RFC3339Nano),
							"ce-datacontenttype": "application/json", "content-type": "application/json",
						}
					}
					if got := eventHeaders(msg.Header); !maps.Equal(got, want) {
						t.Errorf("%s: headers %v, want %v", where, got, want)
					}
				}
				if string(heard.Data) != string(stored.Data) {
					t.Error("reply and stored result are two documents")
				}
			})
		})
	}
}

// resultMessages has a job sent and returns the reply and the stored result.
func (r *rig) resultMessages(j schema.Job) (heard, stored *nats.Msg) {
	r.t.Helper()
	nc, err := nats.Connect("", r.server.InProcess())
	if err != nil {
		r.t.Fatal(err)
	}
	defer nc.Close()
	replies, err := nc.SubscribeSync(j.ReplyTo)
	if err != nil {
		r.t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(r.t.Context(), time.Minute)
	defer cancel() // with a context: the timers that the library keeps may be of another bubble
	if err := nc.FlushWithContext(ctx); err != nil {
		r.t.Fatal(err)
	}
	r.startWorker()
	r.publish(j)
	if heard, err = replies.NextMsgWithContext(ctx); err != nil {
		r.t.Fatal(err)
	}
	js, err := jetstream.New(nc)
	if err != nil {
		r.t.Fatal(err)
	}
	stream, err := js.Stream(r.t.Context(), schema.StreamResults)
	if err != nil {
		r.t.Fatal(err)
	}
	msg, err := stream.GetMsg(r.t.Context(), 1)
	if err != nil {
		r.t.Fatal(err)
	}
	return heard, &nats.Msg{Data: msg.Data, Header: msg.Header}
}

func eventHeaders(h nats.Header) map[string]string {
	out := map[string]string{}
	for name, values := range h {
		if strings.HasPrefix(name, "ce-") || strings.EqualFold(name, "content-type") {
			out[name] = strings.Join(values, ",")
		}
	}
	return out
}
