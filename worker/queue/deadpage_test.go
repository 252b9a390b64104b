package queue_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/otpworker/otpworker/schema"
	"github.com/otpworker/otpworker/worker/queue"
)

// pages reads all pages and returns the sequences, a page each.
func (r *rig) pages(f queue.DeadFilter) (all [][]uint64) {
	r.t.Helper()
	for before := uint64(0); ; {
		page, err := r.queue.DeadPage(r.t.Context(), f, before)
		if err != nil {
			r.t.Fatal(err)
		}
		var seqs []uint64
		for _, e := range page.Entries {
			seqs = append(seqs, e.Seq)
		}
		all = append(all, seqs)
		if page.Older == 0 {
			return all
		}
		if before > 0 && page.Older >= before {
			r.t.Fatalf("the page before %d goes on before %d", before, page.Older)
		}
		before = page.Older
	}
}

func TestDeadPage(t *testing.T) {
	provisioned(t, func(t *testing.T, r *rig) {
		if got := r.pages(queue.DeadFilter{}); len(got) != 1 || len(got[0]) != 0 {
			t.Errorf("of none: %v", got)
		}
		other := letterOf(t, deadJob("b"))
		other.AppID, other.Reason, other.Lane = "app2", "unreachable", schema.LaneInteractive
		r.bury(letterOf(t, deadJob("a")), other)
		r.publishTo(schema.DeadSubject("http_4xx")) // an empty document is a letter of nothing
		if _, err := r.js().Publish(t.Context(), schema.DeadSubject("unreachable"), []byte("8613800138000")); err != nil {
			t.Fatal(err)
		}
		odd := letterOf(t, deadJob("c"))
		odd.Reason = "<b>"
		r.bury(odd, letterOf(t, deadJob("d")))
		for want, f := range map[string]queue.DeadFilter{
			"[[6 5 4 3 2 1]]":     {},
			"[[6 1]]":             {Reason: "http_4xx", AppID: "app1"},
			"[[4 2]]":             {Reason: "unreachable"},
			"[[2]]":               {AppID: "app2"},
			"[[6 5 1]]":           {Lane: schema.LaneBatch},
			"[[5]]":               {Reason: "unknown"},
			"[[6 5] [4 3] [2 1]]": {Limit: 2},
			"[[6]]":               {ID: "dead-d"},
			"[[]]":                {Reason: "nothing"},
		} {
			if got := fmt.Sprint(r.pages(f)); got != want {
				t.Errorf("%+v: got %s, want %s", f, got, want)
			}
		}
		page, err := r.queue.DeadPage(t.Context(), queue.DeadFilter{}, 5)
		if err != nil || len(page.Entries) != 4 || !page.Entries[0].Unreadable || page.Entries[2].Unreadable || page.Entries[2].JobID != "b" {
			t.Errorf("got %+v, %v", page, err)
		}
	})
}

// Whatever was discarded in between, and however rare what is looked for: each
// letter is on one page, and no consumer is left behind.
func TestDeadPageOfMany(t *testing.T) {
	for name, c := range map[string]struct {
		letters int
		keep    func(int) bool
	}{
		"dense":       {1500, func(int) bool { return true }},
		"one hole":    {1500, func(n int) bool { return n < 300 || n > 1400 }},
		"few":         {1500, func(n int) bool { return n%400 == 3 }},
		"only old":    {1500, func(n int) bool { return n < 700 }},
		"just a page": {50, func(int) bool { return true }},
	} {
		t.Run(name, func(t *testing.T) {
			provisioned(t, func(t *testing.T, r *rig) {
				rare := 0
				for i := range c.letters {
					l := letterOf(t, deadJob(fmt.Sprint("j", i)))
					if i%100 == 7 {
						l.Reason, l.AppID = "unreachable", "app2"
					}
					if c.keep(i) && i%100 == 7 {
						rare++
					}
					r.bury(l)
				}
				stream, err := r.js().Stream(t.Context(), schema.StreamDead)
				if err != nil {
					t.Fatal(err)
				}
				var want []uint64
				for i := range c.letters {
					seq := uint64(i) + 1 //nolint:gosec // small
					if c.keep(i) {
						want = append(want, seq)
					} else if err := stream.DeleteMsg(t.Context(), seq); err != nil {
						t.Fatal(err)
					}
				}
				slices.Reverse(want)
				pages := r.pages(queue.DeadFilter{})
				if got := slices.Concat(pages...); !slices.Equal(got, want) {
					t.Errorf("got %d letters, want %d", len(got), len(want))
				}
				for _, p := range pages {
					if len(p) > 50 {
						t.Errorf("a page has %d", len(p))
					}
				}
				for _, f := range []queue.DeadFilter{{Reason: "unreachable", Limit: 3}, {AppID: "app2", Limit: 3}} {
					if got := slices.Concat(r.pages(f)...); len(got) != rare {
						t.Errorf("%+v: got %d letters, want %d", f, len(got), rare)
					}
				}
				if n := r.consumers(stream); n != 0 {
					t.Errorf("%d consumers are left", n)
				}
			})
		})
	}
}

// A filter that fits nothing reads a bounded part and says where to go on.
func TestDeadPageIsBounded(t *testing.T) {
	provisioned(t, func(t *testing.T, r *rig) {
		const letters = 6000
		data, err := letterOf(t, deadJob("j")).Encode()
		if err != nil {
			t.Fatal(err)
		}
		for i := range letters {
			if _, err := r.js().PublishMsgAsync(&nats.Msg{Subject: schema.DeadSubject("http_4xx"), Data: data}); err != nil {
				t.Fatal(err)
			}
			if i%200 == 0 {
				<-r.js().PublishAsyncComplete()
			}
		}
		<-r.js().PublishAsyncComplete()
		page, err := r.queue.DeadPage(t.Context(), queue.DeadFilter{AppID: "app9"}, 0)
		if err != nil || len(page.Entries) != 0 || page.Older == 0 || page.Older > letters-5000 {
			t.Errorf("got %d letters, then before %d, %v", len(page.Entries), page.Older, err)
		}
		if all := r.pages(queue.DeadFilter{AppID: "app9"}); len(all) != 2 {
			t.Errorf("%d pages, want 2", len(all))
		}
	})
}

func TestDeadPageWithoutAQueue(t *testing.T) {
	inVirtualTime(t, func(t *testing.T, r *rig) {
		_, err := r.queue.DeadPage(t.Context(), queue.DeadFilter{}, 0)
		if err == nil || !strings.Contains(err.Error(), schema.StreamDead) {
			t.Errorf("got %v", err)
		}
	})
	provisioned(t, func(t *testing.T, r *rig) {
		r.bury(letterOf(t, deadJob("a")))
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if _, err := r.queue.DeadPage(ctx, queue.DeadFilter{}, 0); err == nil {
			t.Error("a page in a context that has ended")
		}
	})
}

func (r *rig) consumers(stream jetstream.Stream) (n int) {
	r.t.Helper()
	names := stream.ConsumerNames(r.t.Context())
	for range names.Name() {
		n++
	}
	if err := names.Err(); err != nil {
		r.t.Fatal(err)
	}
	return n
}

// A connection that may not look is told so, and not that the broker is away.
func TestDeadForbidden(t *testing.T) {
	deny := []string{"$JS.API.CONSUMER.CREATE.OTP_DEAD.>", "$JS.API.STREAM.MSG.GET.OTP_DEAD", "$JS.API.STREAM.MSG.DELETE.OTP_DEAD", "$JS.API.CONSUMER.CREATE.OTP_RESULTS.>"}
	opts := &server.Options{Users: []*server.User{
		{Username: "admin", Password: "x"},
		{Username: "worker", Password: "x", Permissions: &server.Permissions{Publish: &server.SubjectPermission{Deny: deny}}},
	}}
	onServer(t, opts, func(t *testing.T, inProcess nats.Option) {
		as := func(user string) *queue.Queue {
			cfg := queue.DefaultConfig()
			cfg.Options = []nats.Option{inProcess, nats.UserInfo(user, "x")}
			return connect(t, cfg)
		}
		admin, worker := as("admin"), as("worker")
		defer closeQueue(t, admin)
		defer closeQueue(t, worker)
		if err := admin.Provision(t.Context()); err != nil {
			t.Fatal(err)
		}
		r := &rig{t: t, queue: admin}
		r.bury(letterOf(t, deadJob("a")))
		b := r.create(spring(10))
		for name, look := range map[string]func() error{
			"page":    func() error { _, err := worker.DeadPage(t.Context(), queue.DeadFilter{}, 0); return err },
			"letter":  func() error { _, err := worker.Letter(t.Context(), 1); return err },
			"discard": func() error { return worker.Discard(t.Context(), 1) },
			"rate": func() error {
				time.Sleep(time.Second)
				_, err := worker.BatchRate(t.Context(), b)
				return err
			},
		} {
			start := time.Now()
			if err := look(); !errors.Is(err, queue.ErrForbidden) {
				t.Errorf("%s: %v", name, err)
			}
			if passed := time.Since(start); passed > 20*time.Second {
				t.Errorf("%s took %s", name, passed)
			}
		}
	})
}
