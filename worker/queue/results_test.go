package queue_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/otpworker/otpworker/schema"
	"github.com/otpworker/otpworker/worker/queue"
)

func (r *rig) publishResults(ids ...string) {
	r.t.Helper()
	for _, id := range ids {
		if err := r.queue.PublishResult(r.t.Context(), result(id)); err != nil {
			r.t.Fatal(err)
		}
	}
}

// once returns the job ids of the results that are there.
func (r *rig) once(f queue.Follow) []string {
	r.t.Helper()
	f.Once = true
	var ids []string
	for result, err := range r.queue.Results(r.t.Context(), f) {
		if err != nil {
			r.t.Error(err)
		}
		ids = append(ids, result.JobID)
	}
	return ids
}

func TestResultsOnce(t *testing.T) {
	for _, n := range []int{0, 1, 2, 700} { // the client asks for 500 at a time
		t.Run(fmt.Sprint(n), func(t *testing.T) {
			provisioned(t, func(t *testing.T, r *rig) {
				var want []string
				for i := range n {
					want = append(want, fmt.Sprint("j", i))
				}
				r.publishResults(want...)
				start := time.Now()
				if got := r.once(queue.Follow{}); !slices.Equal(got, want) {
					t.Errorf("got %v, want %v", got, want)
				}
				took(t, start, 0)
				if got := r.once(queue.Follow{}); !slices.Equal(got, want) {
					t.Errorf("the second time got %v, want %v", got, want)
				}
			})
		})
	}
}

// Once ends at what was there, however fast more comes.
func TestResultsOnceDoesNotRunAfterNewOnes(t *testing.T) {
	const there = 600 // more than the client asks for at a time
	provisioned(t, func(t *testing.T, r *rig) {
		for i := range there {
			r.publishResults(fmt.Sprint("j", i))
		}
		n := 0
		for _, err := range r.queue.Results(t.Context(), queue.Follow{Once: true}) {
			if err != nil {
				t.Fatal(err)
			}
			if n++; n == 1 {
				r.publishResults("new")
			}
		}
		if n != there {
			t.Errorf("%d results, want %d", n, there)
		}
	})
}

func TestResultsSince(t *testing.T) {
	provisioned(t, func(t *testing.T, r *rig) {
		r.publishResults("old")
		time.Sleep(time.Minute)
		since := time.Now()
		r.publishResults("new", "newer")
		if got := r.once(queue.Follow{Since: since}); !slices.Equal(got, []string{"new", "newer"}) {
			t.Errorf("got %v, want new and newer", got)
		}
		if got := r.once(queue.Follow{Since: since.Add(-time.Hour)}); len(got) != 3 {
			t.Errorf("got %v, want all", got)
		}
		if got := r.once(queue.Follow{Since: since.Add(time.Hour)}); got != nil {
			t.Errorf("got %v, want none", got)
		}
	})
}

func TestResultsAfter(t *testing.T) {
	provisioned(t, func(t *testing.T, r *rig) {
		if last := r.last(); last != 0 {
			t.Errorf("last of none is %d", last)
		}
		r.publishResults("a", "b")
		last := r.last()
		if got := r.once(queue.Follow{After: last}); got != nil {
			t.Errorf("got %v, want none", got)
		}
		r.publishResults("c", "d")
		if got := r.once(queue.Follow{After: last}); !slices.Equal(got, []string{"c", "d"}) {
			t.Errorf("got %v, want c and d", got)
		}
		// After wins over Since.
		if got := r.once(queue.Follow{After: last, Since: time.Now().Add(time.Hour)}); len(got) != 2 {
			t.Errorf("got %v, want c and d", got)
		}
	})
}

func (r *rig) last() uint64 {
	r.t.Helper()
	seq, err := r.queue.LastResult(r.t.Context())
	if err != nil {
		r.t.Fatal(err)
	}
	return seq
}

func TestLastResultWithoutStream(t *testing.T) {
	inVirtualTime(t, func(t *testing.T, r *rig) {
		if _, err := r.queue.LastResult(t.Context()); !errors.Is(err, queue.ErrNoQueue) {
			t.Errorf("got %v, want ErrNoQueue", err)
		}
	})
}

func TestResultsFollowUntilTheContextEnds(t *testing.T) {
	provisioned(t, func(t *testing.T, r *rig) {
		r.publishResults("there")
		ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
		defer cancel()
		go func() {
			time.Sleep(10 * time.Minute)
			r.publishResults("later")
		}()
		start := time.Now()
		at := map[string]time.Duration{}
		for result, err := range r.queue.Results(ctx, queue.Follow{}) {
			if err != nil {
				t.Error(err)
			}
			at[result.JobID] = time.Since(start)
		}
		took(t, start, time.Hour)
		if len(at) != 2 || at["there"] != 0 || at["later"] != 10*time.Minute {
			t.Errorf("got %v", at)
		}
	})
}

// Two readers each get everything.
func TestResultsTakeNothingAway(t *testing.T) {
	provisioned(t, func(t *testing.T, r *rig) {
		r.publishResults("a", "b")
		for a, err := range r.queue.Results(t.Context(), queue.Follow{}) {
			if err != nil {
				t.Fatal(err)
			}
			if got := r.once(queue.Follow{}); a.JobID != "a" || len(got) != 2 {
				t.Errorf("got %v beside %s", got, a.JobID)
			}
			break
		}
		r.holds(schema.StreamResults, 2)
	})
}

func TestResultsGoOnAfterOneThatCannotBeRead(t *testing.T) {
	provisioned(t, func(t *testing.T, r *rig) {
		r.publishResults("a")
		if _, err := r.js().Publish(t.Context(), "otp.v1.result.batch.app1", []byte("{")); err != nil {
			t.Fatal(err)
		}
		r.publishResults("b")
		var got []string
		for result, err := range r.queue.Results(t.Context(), queue.Follow{Once: true}) {
			got = append(got, result.JobID)
			if err != nil {
				got = append(got, err.Error())
			}
		}
		want := []string{"a", "", "result at 2: decode result: unexpected end of JSON input", "b"}
		if !slices.Equal(got, want) {
			t.Errorf("got %q, want %q", got, want)
		}
	})
}

func TestResultsWithEndedContext(t *testing.T) {
	provisioned(t, func(t *testing.T, r *rig) {
		r.publishResults("a")
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		for result, err := range r.queue.Results(ctx, queue.Follow{}) {
			t.Errorf("got %v, %v", result.JobID, err)
		}
	})
}

func TestResultsWithoutStream(t *testing.T) {
	inVirtualTime(t, func(t *testing.T, r *rig) {
		n := 0
		for _, err := range r.queue.Results(t.Context(), queue.Follow{}) {
			if n++; err == nil {
				t.Error("no error")
			}
		}
		if n != 1 {
			t.Errorf("%d errors, want 1", n)
		}
	})
}

// The broker has forgotten a reader's consumer half a minute after it left.
func TestResultsLeaveNoConsumer(t *testing.T) {
	provisioned(t, func(t *testing.T, r *rig) {
		r.publishResults("a", "b")
		before := r.queue.Conn().NumSubscriptions()
		for _, err := range r.queue.Results(t.Context(), queue.Follow{}) {
			if err != nil {
				t.Fatal(err)
			}
			break
		}
		if n := r.resultConsumers(); n != 1 {
			t.Errorf("%d consumers, want the reader's", n)
		}
		time.Sleep(time.Minute)
		if n := r.resultConsumers(); n != 0 {
			t.Errorf("%d consumers left behind", n)
		}
		if after := r.queue.Conn().NumSubscriptions(); after != before {
			t.Errorf("%d subscriptions left behind", after-before)
		}
	})
}

// A reader that waits keeps its consumer for as long as it waits.
func TestResultsKeepTheConsumerWhileWaiting(t *testing.T) {
	provisioned(t, func(t *testing.T, r *rig) {
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Minute)
		defer cancel()
		seen := make(chan string, 2)
		go func() {
			time.Sleep(time.Second)
			seen <- r.resultConsumer()
			time.Sleep(9 * time.Minute)
			seen <- r.resultConsumer()
		}()
		for _, err := range r.queue.Results(ctx, queue.Follow{}) {
			t.Errorf("a result from nowhere, %v", err)
		}
		if first, last := <-seen, <-seen; first == "" || first != last {
			t.Errorf("consumer %q gave way to %q", first, last)
		}
	})
}

func (r *rig) resultConsumers() int {
	r.t.Helper()
	stream := r.resultStream()
	return stream.CachedInfo().State.Consumers
}

func (r *rig) resultConsumer() (last string) {
	stream := r.resultStream()
	for name := range stream.ConsumerNames(r.t.Context()).Name() {
		last = name
	}
	return last
}

func (r *rig) resultStream() jetstream.Stream {
	r.t.Helper()
	stream, err := r.js().Stream(r.t.Context(), schema.StreamResults)
	if err != nil {
		r.t.Fatal(err)
	}
	return stream
}

// A reader waits for a server that went away, and hears the end of its context
// meanwhile.
func TestResultsWaitForTheServer(t *testing.T) {
	provisioned(t, func(t *testing.T, r *rig) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
		defer cancel()
		start := time.Now()
		go func() {
			time.Sleep(time.Minute)
			r.server.Stop()
		}()
		for _, err := range r.queue.Results(ctx, queue.Follow{}) {
			t.Errorf("got %v", err)
		}
		took(t, start, time.Hour)
	})
}

// With the stream gone a reader ends with an error, after the time that an
// election could take.
func TestResultsEndWhenTheStreamIsGone(t *testing.T) {
	provisioned(t, func(t *testing.T, r *rig) {
		start := time.Now()
		go func() {
			time.Sleep(time.Minute)
			if err := r.js().DeleteStream(r.t.Context(), schema.StreamResults); err != nil {
				t.Error(err)
			}
		}()
		var got error
		for _, err := range r.queue.Results(t.Context(), queue.Follow{}) {
			got = err
		}
		if !errors.Is(got, jetstream.ErrStreamNotFound) {
			t.Errorf("got %v, want ErrStreamNotFound", got)
		}
		took(t, start, time.Minute+25*time.Second)
	})
}

// follow hands on the job ids of new results until stop.
func (r *rig) follow() (results <-chan string, stop func()) {
	ctx, cancel := context.WithCancel(r.t.Context())
	ids, done := make(chan string, 10), make(chan bool)
	go func() {
		defer close(done)
		for result, err := range r.queue.Results(ctx, queue.Follow{}) {
			if err != nil {
				r.t.Error(err)
			}
			ids <- result.JobID
		}
	}()
	return ids, func() {
		cancel()
		<-done
	}
}
