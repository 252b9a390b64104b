package worker_test

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats.go"

	"github.com/otpworker/otpworker/client/sandbox"
	"github.com/otpworker/otpworker/schema"
	"github.com/otpworker/otpworker/schema/redact"
)

const (
	canaryPhone  = "4917698765432"
	canaryCode   = "Kx7Qw9Zt3P"
	canaryKey    = "canary-key-51c0"
	canarySecret = "canary-secret-9f27"
)

// No number, code, key, secret or signature leaves a worker but to the
// provider: not in logs, events, subjects, results, the ledger or advisories.
// Only jobs themselves hold them, and the sealed-off copy in a dead letter.
func TestNoCanaryGetsOut(t *testing.T) {
	var log syncBuffer
	change := func(s *setup) {
		s.sandbox.APIKey, s.sandbox.APISecret = redact.NewSecret(canaryKey), redact.NewSecret(canarySecret)
		s.worker.Logger = slog.New(slog.NewJSONHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))
		s.queue.OnTrouble = func(err error) { fmt.Fprintln(&log, err) }
	}
	inWorld(t, change, func(t *testing.T, w *world) {
		wild, err := w.nc.SubscribeSync(">")
		if err != nil {
			t.Fatal(err)
		}
		w.provider.misbehave(15, odds{lostRequest: 40, lostAnswer: 50, http5xx: 40, garbage: 30, slow: 10, late: 12 * time.Second})
		needles := append(w.publishCanaries(), canaryKey, canarySecret)
		w.crashOften(6)
		w.emptied(30 * time.Minute)
		w.killAll()
		needles = append(needles, w.provider.signs...)

		found := search{needles: variants(needles)}
		found.in("log", log.String())
		for _, e := range w.told() {
			found.in("event", fmt.Sprintf("%+v %#v", e, e))
		}
		w.searchTraffic(&found, wild)
		for _, hit := range found.hits {
			t.Error(hit)
		}
		if len(w.told()) == 0 || log.Len() == 0 || len(w.provider.signs) == 0 {
			t.Fatal("there was nothing to search")
		}
		t.Logf("%d needles in %d texts, %d bytes of log, %v", len(found.needles), found.texts, log.Len(), w.audit().outcomes)
	})
}

// publishCanaries queues good, refused and malformed jobs, and returns what
// must not be seen of them.
func (w *world) publishCanaries() []string {
	needles := []string{canaryPhone, canaryCode}
	put := func(id, to string) {
		j := job(id, to)
		j.Code = redact.NewCode(canaryCode)
		w.enqueue(schema.LaneInteractive, "app1", j)
		needles = append(needles, to)
	}
	for i := range 200 {
		put(fmt.Sprintf("good-%d", i), canaryPhone)
	}
	for _, n := range sandbox.Numbers() {
		put("number-"+n.NN, n.Example(1))
	}
	for i, body := range []string{
		`{"id":"bad-0","appId":"app1","code":"` + canaryCode + `","to":"+` + canaryPhone + `"}`,
		`{"id":"bad-1","appId":"app1","code":"` + canaryCode + canaryCode + `","to":"` + canaryPhone + `"}`,
		`{"id":"bad-2","appId":"app1","code":123,"to":` + canaryPhone + `}`,
		`{"id":"bad-3","appId":"app1","to":"` + canaryPhone + `","code":"` + canaryCode,
		`{"id":"bad-4","appId":"` + canaryPhone + canaryPhone + canaryPhone + `","to":["` + canaryPhone + `"],"channel":"` + canaryCode + `"}`,
		`{"id":"bad-5","appId":"app1","to":"` + canaryPhone + `","code":"` + canaryCode + `","replyTo":"` + canaryCode + `","expiresAt":"` + canaryPhone + `"}`,
	} {
		msg := &nats.Msg{Subject: "otp.v1.job.batch.app1", Data: []byte(body), Header: nats.Header{nats.MsgIdHdr: {fmt.Sprintf("bad-%d", i)}}}
		if _, err := w.js.PublishMsg(w.t.Context(), msg); err != nil {
			w.t.Fatal(err)
		}
	}
	return needles
}

// crashOften runs a process after the other, each killed in the middle.
func (w *world) crashOften(times int) {
	for i := range times {
		crash := make(chan struct{})
		p := w.start(fmt.Sprintf("w%d", i))
		p.gate.arm(&trap{left: 40, spring: func() {
			p.kill()
			close(crash)
		}})
		select {
		case <-crash:
		case <-time.After(time.Minute):
		}
	}
	w.start("last")
}

func (w *world) killAll() {
	for _, p := range w.all() {
		p.kill()
		<-p.done
	}
}

// searchTraffic looks through all that went over the broker.
func (w *world) searchTraffic(s *search, wild *nats.Subscription) {
	w.t.Helper()
	n, _, err := wild.Pending()
	if err != nil {
		w.t.Fatal(err)
	}
	for range n {
		msg, err := wild.NextMsg(time.Second)
		if err != nil {
			w.t.Fatal(err)
		}
		s.in("subject", msg.Subject+" "+msg.Reply)
		switch {
		case strings.HasPrefix(msg.Subject, "otp.v1.job."), strings.HasPrefix(msg.Reply, "$JS.ACK."):
			continue // a job, published and delivered
		case strings.HasPrefix(msg.Subject, "_INBOX.") && bytes.Contains(msg.Data, []byte("stream_msg_get_response")):
			continue // a worker looks at a job's expiry
		case strings.HasPrefix(msg.Subject, "otp.v1.dead."):
			s.in("header of "+msg.Subject, fmt.Sprint(msg.Header))
			s.in(msg.Subject, withoutPayload(w.t, msg.Data))
		default:
			s.in(msg.Subject, fmt.Sprint(msg.Header)+string(msg.Data))
		}
	}
}

func withoutPayload(t *testing.T, letter []byte) string {
	t.Helper()
	var fields map[string]any
	if err := json.Unmarshal(letter, &fields); err != nil {
		t.Fatal(err)
	}
	delete(fields, "payload")
	return fmt.Sprint(fields)
}

// A search looks for needles and notes where it finds one.
type search struct {
	needles map[string]string
	texts   int
	hits    []string
}

func (s *search) in(where, text string) {
	s.texts++
	for needle, what := range s.needles {
		if i := strings.Index(text, needle); i >= 0 && len(s.hits) < 20 {
			s.hits = append(s.hits, fmt.Sprintf("%s holds %s: …%s…", where, what, text[max(0, i-60):min(len(text), i+len(needle)+20)]))
		}
	}
}

// variants are the needles as they are and in base64, wherever they begin in
// the encoded text.
func variants(needles []string) map[string]string {
	all := map[string]string{}
	for _, needle := range needles {
		all[needle] = needle
		for shift := range 3 {
			encoded := base64.StdEncoding.EncodeToString(append(make([]byte, shift), needle...))
			// The first and the last characters depend on the neighbours.
			all[encoded[(shift*8+5)/6:len(encoded)-4]] = needle + " in base64"
		}
	}
	return all
}

// The control: the search finds a canary that was planted, plain or encoded.
func TestSearchFindsACanary(t *testing.T) {
	for shift := range 3 {
		planted := base64.StdEncoding.EncodeToString([]byte(strings.Repeat("x", shift) + canaryPhone + "yz"))
		s := search{needles: variants([]string{canaryPhone})}
		s.in("plain", "job to "+canaryPhone)
		s.in("base64", planted)
		if len(s.hits) != 2 {
			t.Errorf("shift %d: found %v", shift, s.hits)
		}
	}
}

// The same through the whole path: an id that is the number is the producer's
// own leak, and it shows.
func TestSearchFindsACanaryInTheTraffic(t *testing.T) {
	inWorld(t, nil, func(t *testing.T, w *world) {
		wild, err := w.nc.SubscribeSync(">")
		if err != nil {
			t.Fatal(err)
		}
		w.start("w1")
		w.enqueue(schema.LaneInteractive, "app1", job(canaryPhone, goodNumber))
		w.emptied(time.Minute)
		s := search{needles: variants([]string{canaryPhone})}
		w.searchTraffic(&s, wild)
		places := strings.Join(s.hits, "\n")
		for _, place := range []string{"otp.v1.result.interactive.app1 holds", "subject holds", "$KV.otp_ledger"} {
			if !strings.Contains(places, place) {
				t.Errorf("not found in %q: %s", place, places)
			}
		}
	})
}

// syncBuffer is a log that many write to.
type syncBuffer struct {
	mu sync.Mutex
	bytes.Buffer
}

func (b *syncBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.Buffer.Write(p)
}
