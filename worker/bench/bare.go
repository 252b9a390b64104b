package bench

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/otpworker/otpworker/schema"
	"github.com/otpworker/otpworker/worker/queue"
)

const (
	// barePull is the least that the library keeps pulled; below 128 its
	// Consume was seen to stall, and the heartbeat ends a stall after 2 s.
	barePull      = 500
	bareHeartbeat = time.Second
	// barePending is how many results may wait for their PubAck.
	barePending = 1024
	bareTimeout = 8 * time.Second
)

// bare is the loop that the worker is measured against, written as fast as the
// usual libraries go and no faster: pull Consume, goroutines, http.Client,
// encoding/json, the result published asynchronously under a message id, the
// job acknowledged once the result is confirmed.
type bare struct {
	queue  *queue.Queue
	nc     *nats.Conn
	js     jetstream.JetStream
	caller *bareCaller
	name   string
	slots  int
	// subject is what results are published on, without the app.
	subject string
	// unconfirmed are the jobs by the result that waits for its PubAck.
	unconfirmed sync.Map
	jobs        chan jetstream.Msg
	consuming   jetstream.ConsumeContext
	working     sync.WaitGroup
}

func (r contenderRole) beginBare(ctx context.Context) (*part, error) {
	b := &bare{
		name: r.Name, slots: r.Config.Slots, subject: "otp.v1.result." + string(r.Config.Lane) + ".",
		caller: newBareCaller(r.Provider, r.Config.Slots),
	}
	var err error
	b.queue, b.nc, b.js, err = connect(ctx, r.NATS.config(r.Name),
		jetstream.WithPublishAsyncMaxPending(barePending),
		jetstream.WithPublishAsyncAckHandler(func(_ jetstream.JetStream, m *nats.Msg, _ *jetstream.PubAck) { b.confirmed(m) }),
		jetstream.WithPublishAsyncErrHandler(func(_ jetstream.JetStream, m *nats.Msg, _ error) { b.unstored(m) }))
	if err != nil {
		return nil, err
	}
	consumer, err := b.js.CreateOrUpdateConsumer(ctx, schema.StreamJobs, jetstream.ConsumerConfig{
		Durable: "bare", FilterSubject: schema.LaneSubjects(r.Config.Lane),
		AckPolicy: jetstream.AckExplicitPolicy, AckWait: r.NATS.AckWait, MaxAckPending: 100_000,
	})
	if err != nil {
		_ = b.queue.Close()
		return nil, fmt.Errorf("open consumer: %w", err)
	}
	failed := make(chan error, 1)
	return &part{
		work: func() {
			if err := b.work(ctx, consumer); err != nil {
				failed <- fmt.Errorf("consume: %w", err)
			}
		},
		failed: failed,
		end:    func() error { return b.end() },
	}, nil
}

func (b *bare) work(ctx context.Context, consumer jetstream.Consumer) (err error) {
	pull := max(barePull, 2*b.slots)
	b.jobs = make(chan jetstream.Msg, pull)
	for range b.slots {
		b.working.Go(func() {
			for msg := range b.jobs {
				b.handle(ctx, msg)
			}
		})
	}
	b.consuming, err = consumer.Consume(func(msg jetstream.Msg) { b.jobs <- msg },
		jetstream.PullMaxMessages(pull), jetstream.PullHeartbeat(bareHeartbeat))
	return err
}

// bareJob and bareResult are what of a job and of a result such a loop knows.
type bareJob struct {
	ID         string            `json:"id"`
	AppID      string            `json:"appId"`
	TemplateID int64             `json:"templateId"`
	Code       string            `json:"code"`
	To         string            `json:"to"`
	Channel    string            `json:"channel"`
	OrderID    string            `json:"orderId"`
	Metadata   map[string]string `json:"metadata"`
}

type bareResult struct {
	ID             string            `json:"id"`
	JobID          string            `json:"jobId"`
	AppID          string            `json:"appId"`
	Outcome        string            `json:"outcome"`
	Status         string            `json:"status"`
	VerificationID string            `json:"verificationId"`
	Channel        string            `json:"channel"`
	Attempts       int               `json:"attempts"`
	CompletedAt    time.Time         `json:"completedAt"`
	Metadata       map[string]string `json:"metadata,omitempty"`
	Worker         string            `json:"worker"`
}

func (b *bare) handle(ctx context.Context, msg jetstream.Msg) {
	var job bareJob
	if err := json.Unmarshal(msg.Data(), &job); err != nil {
		_ = msg.Term()
		return
	}
	sent, err := b.caller.send(ctx, &job)
	if err != nil {
		_ = msg.Nak()
		return
	}
	data, err := json.Marshal(bareResult{
		ID: "res-" + job.ID, JobID: job.ID, AppID: job.AppID, Outcome: "sent", Status: sent.Status,
		VerificationID: sent.Data.VerificationID, Channel: sent.Data.Channel, Attempts: 1,
		CompletedAt: time.Now().UTC(), Metadata: job.Metadata, Worker: b.name,
	})
	if err != nil {
		_ = msg.Nak()
		return
	}
	result := &nats.Msg{
		Subject: b.subject + job.AppID, Data: data,
		Header: nats.Header{jetstream.MsgIDHeader: {job.AppID + ".res-" + job.ID}},
	}
	b.unconfirmed.Store(result, msg)
	_, err = b.js.PublishMsgAsync(result)
	for errors.Is(err, jetstream.ErrTooManyStalledMsgs) && ctx.Err() == nil {
		_, err = b.js.PublishMsgAsync(result) // the message is sent: to give it back would send it twice
	}
	if err != nil {
		b.unstored(result)
	}
}

// confirmed acknowledges the job of a result that is stored.
func (b *bare) confirmed(result *nats.Msg) {
	if msg, ok := b.unconfirmed.LoadAndDelete(result); ok {
		_ = msg.(jetstream.Msg).Ack()
	}
}

func (b *bare) unstored(result *nats.Msg) {
	if msg, ok := b.unconfirmed.LoadAndDelete(result); ok {
		_ = msg.(jetstream.Msg).Nak()
	}
}

// end finishes the jobs in hand.
func (b *bare) end() error {
	if b.consuming != nil {
		b.consuming.Stop()
		<-b.consuming.Closed()
		close(b.jobs)
		b.working.Wait()
		select {
		case <-b.js.PublishAsyncComplete():
		case <-time.After(bareTimeout):
		}
	}
	b.caller.close()
	return b.queue.Close()
}
