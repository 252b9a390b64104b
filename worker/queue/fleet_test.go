package queue_test

import (
	"context"
	"encoding/json"
	"errors"
	"maps"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/micro"

	"github.com/otpworker/otpworker/schema"
	"github.com/otpworker/otpworker/worker/queue"
)

// presence is that of a worker that says its name.
func presence(name string) queue.Presence {
	return queue.Presence{
		Version: "v1.2.3", Metadata: map[string]string{"worker": name},
		Brief: func() any { return map[string]string{"brief": name} }, Whole: func() any { return map[string]string{"whole": name} },
	}
}

func announce(t *testing.T, q *queue.Queue, name string) (leave func()) {
	t.Helper()
	leave, err := q.Announce(t.Context(), presence(name))
	if err != nil {
		t.Fatal(err)
	}
	return leave
}

func wantFleet(t *testing.T, q *queue.Queue, names ...string) {
	t.Helper()
	answers, err := q.Fleet(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, answer := range answers {
		var w map[string]string
		if err := json.Unmarshal(answer, &w); err != nil {
			t.Fatal(err)
		}
		got = append(got, w["whole"])
	}
	if slices.Sort(got); !slices.Equal(got, names) {
		t.Errorf("the fleet is %q, want %q", got, names)
	}
}

// A fleet is who is there: nobody at first, each that comes, none that left.
func TestFleet(t *testing.T) {
	onDisk(t, t.TempDir(), func(t *testing.T, r *rig) {
		wantFleet(t, r.queue)
		one, two := r.connect(nil), r.connect(nil)
		leaveOne := announce(t, one, "w1")
		wantFleet(t, r.queue, "w1")
		leaveTwo := announce(t, two, "w2")
		wantFleet(t, r.queue, "w1", "w2")
		wantFleet(t, one, "w1", "w2")
		leaveOne()
		flush(t, one)
		wantFleet(t, r.queue, "w2")
		leaveTwo()
		leaveTwo()
		flush(t, two)
		wantFleet(t, r.queue)
		for _, q := range []*queue.Queue{one, two} {
			closeQueue(t, q)
		}
	})
}

func flush(t *testing.T, q *queue.Queue) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	if err := q.Conn().FlushWithContext(ctx); err != nil {
		t.Fatal(err)
	}
}

// Nobody is not waited for, and who says nothing only for two seconds. A worker
// whose connection ends is gone.
func TestFleetOfNobody(t *testing.T) {
	inVirtualTime(t, func(t *testing.T, r *rig) {
		q := r.connect(nil)
		announce(t, q, "w1")
		wantFleet(t, r.queue, "w1")
		closeQueue(t, q)
		synctest.Wait()
		start := time.Now()
		wantFleet(t, r.queue)
		took(t, start, 0)
		sub, err := r.queue.Conn().SubscribeSync(schema.FleetSnapshot)
		if err != nil {
			t.Fatal(err)
		}
		wantFleet(t, r.queue)
		took(t, start, 2*time.Second)
		if err := sub.Unsubscribe(); err != nil {
			t.Error(err)
		}
	})
}

// What is no JSON, or too large, is nobody's answer; who answers late is waited
// for no longer than the others are.
func TestFleetTakesNoRubbish(t *testing.T) {
	inVirtualTime(t, func(t *testing.T, r *rig) {
		for _, answer := range []string{"no JSON", `"` + strings.Repeat("x", 300<<10) + `"`} {
			sub, err := r.queue.Conn().Subscribe(schema.FleetSnapshot, func(m *nats.Msg) { _ = m.Respond([]byte(answer)) })
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = sub.Unsubscribe() }()
		}
		q := r.connect(nil)
		announce(t, q, "w1")
		wantFleet(t, r.queue, "w1")
		closeQueue(t, q)
	})
}

// nats micro ls, info and stats see each worker, and its data.
func TestMicroSeesTheFleet(t *testing.T) {
	inVirtualTime(t, func(t *testing.T, r *rig) {
		one, two := r.connect(nil), r.connect(nil)
		announce(t, one, "w1")
		announce(t, two, "w2")
		for verb, read := range map[string]func([]byte) (name string, ok bool){
			"PING": func(data []byte) (string, bool) {
				var p micro.Ping
				err := json.Unmarshal(data, &p)
				return p.Metadata["worker"], err == nil && p.Name == "otpworker" && p.Version == "1.2.3"
			},
			"INFO": func(data []byte) (string, bool) {
				var i micro.Info
				err := json.Unmarshal(data, &i)
				return i.Metadata["worker"], err == nil && len(i.Endpoints) == 1 && i.Endpoints[0].Subject == schema.FleetSnapshot && i.Endpoints[0].QueueGroup == ""
			},
			"STATS.otpworker": func(data []byte) (string, bool) {
				var s micro.Stats
				var brief map[string]string
				err := errors.Join(json.Unmarshal(data, &s), json.Unmarshal(s.Endpoints[0].Data, &brief))
				return brief["brief"], err == nil
			},
		} {
			seen := map[string]bool{}
			inbox := r.queue.Conn().NewInbox()
			sub, err := r.queue.Conn().SubscribeSync(inbox)
			if err == nil {
				err = r.queue.Conn().PublishRequest("$SRV."+verb, inbox, nil)
			}
			for range 2 {
				ctx, cancel := context.WithTimeout(t.Context(), time.Second)
				msg, failed := sub.NextMsgWithContext(ctx)
				cancel()
				if failed != nil {
					t.Fatalf("%s: %v, %v", verb, failed, err)
				}
				name, ok := read(msg.Data)
				if seen[name] = true; !ok {
					t.Errorf("%s: %s", verb, msg.Data)
				}
			}
			if got := slices.Sorted(maps.Keys(seen)); !slices.Equal(got, []string{"w1", "w2"}) {
				t.Errorf("%s shows %q", verb, got)
			}
		}
		for _, q := range []*queue.Queue{one, two} {
			closeQueue(t, q)
		}
	})
}

// The version of a build without a release is one that nats micro takes.
func TestAnnounceAnyVersion(t *testing.T) {
	onDisk(t, t.TempDir(), func(t *testing.T, r *rig) {
		for _, version := range []string{"", "devel", "devel-0123456789ab", "v1.2", "1.2.3-rc.1+x", "v01.2.3"} {
			p := presence("w1")
			p.Version = version
			leave, err := r.queue.Announce(t.Context(), p)
			if err != nil {
				t.Errorf("%q: %v", version, err)
				continue
			}
			leave()
		}
	})
}

// Who may not show itself, or not ask, hears so at once, and OnTrouble of a
// refused question once.
func TestFleetNeedsRights(t *testing.T) {
	plain := user("plain", without("")...)
	deaf := user("deaf", without("")...)
	deaf.Permissions.Subscribe.Allow = []string{"_INBOX.>", schema.FleetSubjects}
	mute := user("mute", without("otp.v1.fleet.>")...)
	withUsers(t, &server.Options{}, []*server.User{plain, deaf, mute}, func(t *testing.T, as func(string, func(*queue.Config)) *queue.Queue) {
		for name, want := range map[string]struct{ announce, ask error }{
			"plain": {nil, nil}, "deaf": {queue.ErrForbidden, nil}, "mute": {nil, queue.ErrForbidden},
		} {
			trouble := make(chan error, 100)
			q := as(name, func(c *queue.Config) { c.OnTrouble = func(err error) { trouble <- err } })
			_, err := q.Announce(t.Context(), presence(name))
			if !errors.Is(err, want.announce) {
				t.Errorf("%s: announce: %v", name, err)
			}
			if n := len(trouble); n != 0 {
				t.Errorf("%s: announce: %d words on the connection", name, n)
			}
			start := time.Now()
			for range 3 {
				if _, err := q.Fleet(t.Context()); !errors.Is(err, want.ask) {
					t.Errorf("%s: ask: %v", name, err)
				}
			}
			if waited := time.Since(start); waited > 2500*time.Millisecond {
				t.Errorf("%s: waited %s for what is refused", name, waited)
			}
			if n := len(trouble); want.ask != nil && n != 1 || want.ask == nil && n != 0 {
				t.Errorf("%s: ask: %d words on the connection", name, n)
			}
			closeQueue(t, q)
		}
	})
}

// A look that is refused is told from a broker that is away.
func TestLooksThatAreRefused(t *testing.T) {
	blind := user("blind", without("$JS.API.STREAM.MSG.GET.OTP_JOBS")...)
	withUsers(t, &server.Options{}, []*server.User{blind}, func(t *testing.T, as func(string, func(*queue.Config)) *queue.Queue) {
		q, admin := as("blind", nil), as("admin", nil)
		for name, look := range map[string]struct {
			err  error
			want error
		}{
			"head":            {headOf(t, q), queue.ErrForbidden},
			"an admin's head": {headOf(t, admin), nil},
			"dead letters":    {deadOf(t, q), nil},
		} {
			if !errors.Is(look.err, look.want) {
				t.Errorf("%s: %v", name, look.err)
			}
		}
		for _, q := range []*queue.Queue{q, admin} {
			closeQueue(t, q)
		}
	})
}

func headOf(t *testing.T, q *queue.Queue) error {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Second)
	defer cancel()
	_, _, err := q.Head(ctx, schema.LaneSubjects(schema.LaneBatch))
	return err
}

func deadOf(t *testing.T, q *queue.Queue) error {
	t.Helper()
	_, err := q.DeadByReason(t.Context())
	return err
}
