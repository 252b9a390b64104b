package schema

import (
	"bytes"
	"testing"
	"time"
)

// What the quick decoder takes, encoding/json takes too, and reads the same.
func FuzzDecodePlain(f *testing.F) {
	for _, seed := range []string{
		`{"id":"a","appId":"demo-app","code":"739154","to":"8613800138000","templateId":12,"ttlSeconds":60}`,
		` {"id" : "a" , "metadata" : {"k":"v", "k":"w"}, "createdAt":"2026-01-02T15:04:05+05:30"} `,
		`{"id":"a","id":"b"}`, `{"ID":"a"}`, `{"templateId":-1}`, `{"flowId":0}`, `{"ttlSeconds":007}`, `{"ttlSeconds":1.5}`,
		`{"id":"a","appId":"demo-app","sealed":"X.X.eGt2MQ"}`, `{"sealed":"a","sealed":"b"}`, `{"sealed":null}`,
		`{"metadata":{}}`, `{"metadata":null}`, `{"id":"a",}`, `{,"id":"a"}`, `{"id""a"}`, `{"id":"a"}}`, `{"to":"` + "\x7f" + `"}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		quick, ok := decodePlain(data)
		if !ok {
			return
		}
		slow, err := decodeAny(data)
		if err != nil {
			t.Fatalf("encoding/json says %v", err)
		}
		if diff := jobDiff(slow, quick); diff != "" {
			t.Fatal(diff)
		}
	})
}

// The quick way is taken: a document as apps write it must not fall off it.
func TestUsualJobsArePlain(t *testing.T) {
	for _, doc := range []string{
		`{"id":"login-8f3b","appId":"myapp01","code":"493817","to":"8613800138000","replyTo":"otp.v1.reply.login-8f3b"}`,
		`{"id":"b-1-7","appId":"myapp01","templateId":12,"code":"493817","flowId":3,"to":"8613800138000","channel":"sms","orderId":"o.1",
		  "createdAt":"2026-11-22T00:00:00.123Z","expiresAt":"2026-11-22T00:05:00Z","ttlSeconds":300,"batchId":"b-1","metadata":{"user":"u1"}}`,
		`{"id":"login-8f3b","appId":"myapp01","sealed":"XA.XB.eGt2MQcHBw-_","ttlSeconds":60}`,
	} {
		if _, ok := decodePlain([]byte(doc)); !ok {
			t.Errorf("%s is not read the quick way", doc)
		}
	}
	for _, doc := range []string{`{"id":"a","id":"b"}`, `{"ID":"a"}`, `{"flowId":0}`, `{"ttlSeconds":"5"}`, `{"code":"a\u0062"}`, `{"createdAt":"now"}`} {
		if _, ok := decodePlain([]byte(doc)); ok {
			t.Errorf("%s is not for the quick way", doc)
		}
	}
}

// Both encoders write the same bytes.
func FuzzEncodeResult(f *testing.F) {
	f.Add("login-7f3a", "sent", "0", "https://example.com/?a=1&b=<2>", 1, int64(125), int64(1_800_000_000_123_456_789))
	f.Add("a\"b\\c", "\x00<>&\u2028é", "", "\xff", -1, int64(0), int64(0))
	f.Fuzz(func(t *testing.T, id, reason, status, text string, attempts int, ms, at int64) {
		r := Result{
			ID: ResultID(id), JobID: id, AppID: text, Lane: Lane(reason), Outcome: Outcome(status), Reason: reason, Status: status,
			VerificationID: text, SNAURL: text, Channel: Channel(text), Attempts: attempts, BatchID: id, Worker: text,
			Metadata: map[string]string{id: text, text: reason, "k": status}, Timings: Timings{Queued: ms, Held: -ms, Provider: ms / 2, Total: ms}, CompletedAt: time.Unix(0, at).UTC(),
		}
		want, err := marshal(r)
		if err != nil {
			t.Fatal(err)
		}
		got, ok := r.encodePlain()
		if !ok || !bytes.Equal(got, want) {
			t.Fatalf("got  %s\nwant %s", got, want)
		}
	})
}

// What few results have is written by encoding/json.
func TestRareResultsAreNotPlain(t *testing.T) {
	for name, spoil := range map[string]func(*Result){
		"faults": func(r *Result) { r.Faults = Faults{{"to", "is missing"}} },
		"notes":  func(r *Result) { r.Notes = []string{"replyTo ignored"} },
		"year":   func(r *Result) { r.CompletedAt = time.Date(12000, 1, 1, 0, 0, 0, 0, time.UTC) },
	} {
		r := sentResult()
		if _, ok := r.encodePlain(); !ok {
			t.Fatal("a usual result is not plain")
		}
		spoil(&r)
		if _, ok := r.encodePlain(); ok {
			t.Errorf("%s: written the quick way", name)
		}
	}
}
