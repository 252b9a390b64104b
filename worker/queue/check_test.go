package queue_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/otpworker/otpworker/schema"
	"github.com/otpworker/otpworker/worker/queue"
)

// What the account may not look at is not known, and said so at once.
func TestCheckWithoutTheRightToLook(t *testing.T) {
	withUsers(t, &server.Options{}, []*server.User{user("blind", needed[:14]...)}, func(t *testing.T, as func(string, func(*queue.Config)) *queue.Queue) {
		q := as("blind", verify)
		defer closeQueue(t, q)
		start := time.Now()
		f := q.Check(t.Context(), use)
		took(t, start, 0)
		for what, err := range map[string]error{"level": f.ServerErr, "streams": f.DifferencesErr} {
			if !errors.Is(err, queue.ErrForbidden) {
				t.Errorf("%s: %v", what, err)
			}
		}
		if got := refused(t, f); !slices.Equal(got, needed[14:]) || f.LedgerErr != nil {
			t.Errorf("missed %q, ledger: %v", got, f.LedgerErr)
		}
	})
}

func TestCheckAccountWithoutJetStream(t *testing.T) {
	account := server.NewAccount("bare")
	opts := &server.Options{Accounts: []*server.Account{account}, Users: []*server.User{{Username: "u", Password: "p", Account: account}}}
	onServer(t, opts, func(t *testing.T, inProcess nats.Option) {
		q := connectTo(t, inProcess, func(c *queue.Config) { c.Options = append(c.Options, nats.UserInfo("u", "p")) })
		defer closeQueue(t, q)
		f := q.Check(t.Context(), use)
		if !errors.Is(f.ServerErr, jetstream.ErrJetStreamNotEnabledForAccount) && !errors.Is(f.ServerErr, jetstream.ErrJetStreamNotEnabled) {
			t.Errorf("got %v", f.ServerErr)
		}
	})
}

func TestCheckFindsOut(t *testing.T) {
	inVirtualTime(t, func(t *testing.T, r *rig) {
		f := r.queue.Check(t.Context(), use)
		if len(f.Differences) != 7 || !errors.Is(f.SkewErr, jetstream.ErrStreamNotFound) || !errors.Is(f.LedgerErr, jetstream.ErrBucketNotFound) {
			t.Errorf("before the streams: %+v", f)
		}
		if i := slices.IndexFunc(f.Rights, func(r queue.Right) bool { return r.Name == "ack" }); !errors.Is(f.Rights[i].Err, queue.ErrNoQueue) {
			t.Errorf("ack without a consumer: %v", f.Rights[i].Err)
		}
		r.provision(r.queue)
		f = r.queue.Check(t.Context(), use)
		if s := f.Server; !s.Embedded || s.Version != server.VERSION || s.APILevel < 1 || s.Cluster != "" {
			t.Errorf("server: %+v", s)
		}
		if len(f.Differences) > 0 || f.Copies != 1 || f.Cluster != "" || f.Skew != 0 {
			t.Errorf("facts: %+v", f)
		}
	})
}

// A check takes no job, ends no delivery and leaves no message behind.
func TestCheckDisturbsNothing(t *testing.T) {
	provisioned(t, func(t *testing.T, r *rig) {
		r.publish(schema.LaneInteractive, job("in-hand"), job("waiting"))
		batch, err := r.consumer(schema.LaneInteractive).Fetch(1)
		if err != nil {
			t.Fatal(err)
		}
		inHand := <-batch.Messages()
		before := r.consumerState()
		if got := refused(t, r.queue.Check(t.Context(), use)); len(got) > 0 {
			t.Errorf("missed %q", got)
		}
		if after := r.consumerState(); after != before {
			t.Errorf("the consumer was %+v and is %+v", before, after)
		}
		r.holds(schema.StreamJobs, 2)
		r.holds(schema.StreamResults, 0)
		r.holds(schema.StreamDead, 0)
		kv, err := r.queue.LedgerBucket(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if keys, err := kv.Keys(t.Context()); !errors.Is(err, jetstream.ErrNoKeysFound) {
			t.Errorf("the ledger holds %q, %v", keys, err)
		}
		if err := inHand.DoubleAck(t.Context()); err != nil {
			t.Error(err)
		}
	})
}

type consumerState struct {
	delivered, floor    jetstream.SequenceInfo
	ackPending, waiting int
	redelivered         int
	pending             uint64
}

func (r *rig) consumerState() consumerState {
	r.t.Helper()
	c, err := r.js().Consumer(r.t.Context(), schema.StreamJobs, "worker-interactive-app1")
	if err != nil {
		r.t.Fatal(err)
	}
	i := c.CachedInfo()
	i.Delivered.Last, i.AckFloor.Last = nil, nil
	return consumerState{i.Delivered, i.AckFloor, i.NumAckPending, i.NumWaiting, i.NumRedelivered, i.NumPending}
}

// A broker that went away costs the time that was promised, and no more.
func TestCheckIsBounded(t *testing.T) {
	provisioned(t, func(t *testing.T, r *rig) {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if f := r.queue.Check(ctx, use); f.Answers == nil {
			t.Error("answers after the context's end")
		}
		r.server.Stop()
		start := time.Now()
		f := r.queue.Check(t.Context(), use)
		if f.Answers == nil || time.Since(start) > 20*time.Second {
			t.Errorf("without a server: %v after %s", f.Answers, time.Since(start))
		}
	})
}
