package console_test

import (
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/otpworker/otpworker/schema"
	"github.com/otpworker/otpworker/schema/redact"
	"github.com/otpworker/otpworker/worker/console"
	"github.com/otpworker/otpworker/worker/queue"
)

// create makes the batch that is asked for, of app1.
func (r *queueRig) create(id string, rows uint64) queue.Batch {
	r.Helper()
	b, err := r.queue.CreateBatch(r.Context(), queue.Batch{ID: id, AppID: "app1", Rows: rows})
	if err != nil {
		r.Fatal(err)
	}
	return b
}

// waits queues the first rows of the batch spring.
func (r *queueRig) waits(n uint64) {
	r.Helper()
	const id = "spring"
	for row := uint64(1); row <= n; row++ {
		job := schema.Job{
			ID: schema.BatchJobID(id, row), AppID: "app1", Code: redact.NewCode(secret), To: redact.NewPhone(number),
			BatchID: id, CreatedAt: time.Now(), TTLSeconds: 60,
		}
		data, err := job.Encode()
		if err != nil {
			r.Fatal(err)
		}
		if _, err := r.js.Publish(r.Context(), schema.BatchJobSubject("app1", id), data); err != nil {
			r.Fatal(err)
		}
	}
}

// ends stores results of a batch, from a row on.
func (r *queueRig) ends(id string, from, n uint64, o schema.Outcome, reason string) {
	r.Helper()
	for row := from; row < from+n; row++ {
		jobID := schema.BatchJobID(id, row)
		err := r.queue.PublishBatchResult(r.Context(), id, schema.Result{
			ID: schema.ResultID(jobID), JobID: jobID, AppID: "app1", Lane: schema.LaneBatch, BatchID: id,
			Outcome: o, Reason: reason, CompletedAt: time.Now(),
		})
		if err != nil {
			r.Fatal(err)
		}
	}
}

// state is the state of a batch's record.
func (r *queueRig) state(id string) queue.BatchState {
	r.Helper()
	b, err := r.queue.Batch(r.Context(), id)
	if err != nil {
		r.Fatal(err)
	}
	return b.State
}

// finish tells the end of a batch, as a worker does.
func (r *queueRig) finish(id string) {
	r.Helper()
	b, err := r.queue.Batch(r.Context(), id)
	if err != nil {
		r.Fatal(err)
	}
	status, err := r.queue.BatchStatus(r.Context(), b)
	if err != nil {
		r.Fatal(err)
	}
	if _, err := r.queue.FinishBatch(r.Context(), status); err != nil {
		r.Fatal(err)
	}
}

func has(t *testing.T, body string, wants ...string) {
	t.Helper()
	for _, want := range wants {
		if !strings.Contains(body, want) {
			t.Errorf("lacks %q: %s", want, body)
		}
	}
}

func TestBatchList(t *testing.T) {
	onQueue(t, func(t *testing.T, r *queueRig) {
		has(t, r.get("/batches").body, "There are none")
		r.create("spring", 10)
		time.Sleep(10 * time.Second)
		r.create("summer", 4)
		r.waits(6)
		r.ends("spring", 7, 2, schema.OutcomeSent, "sent")
		r.ends("spring", 9, 1, schema.OutcomeRejected, "phone_limit")
		r.ends("summer", 1, 4, schema.OutcomeSent, "sent")
		r.finish("summer")
		body := r.get("/batches").body
		has(t, body, `href="/batches/spring"`, "▶ open", "30 %", ">0.3/s<", `<td data-label="Left" class="n">7</td>`, `<td data-label="Not sent" class="n">1</td>`, "✓ finished", "100 %")
		if strings.Index(body, "/batches/summer") > strings.Index(body, "/batches/spring") {
			t.Error("the newest is not the first")
		}
		for i := range 25 {
			r.create(fmt.Sprint("b", i), 1)
			time.Sleep(time.Second)
		}
		first, second := r.get("/batches").body, r.get("/batches?page=2").body
		has(t, first, "/batches?page=2")
		has(t, second, `href="/batches" rel="prev"`)
		if a, b := strings.Count(first, `href="/batches/`), strings.Count(second, `href="/batches/`); a != 20 || b != 7 {
			t.Errorf("%d and %d on a page", a, b)
		}
		for _, page := range []string{"0", "-1", "99", "x"} {
			if resp := r.get("/batches?page=" + page); resp.status != http.StatusOK || !strings.Contains(resp.body, `href="/batches/`) {
				t.Errorf("page %s: %d", page, resp.status)
			}
		}
	})
}

var sums = regexp.MustCompile(`<tr( class="part")?><th scope="row">[^\n]*?</th><td class="n">(\d+)</td>`)

// The parts of a batch's page add up, and its end is told at the rate that it has.
func TestBatchPage(t *testing.T) {
	onQueue(t, func(t *testing.T, r *queueRig) {
		r.create("spring", 1000)
		r.waits(100)
		time.Sleep(20 * time.Second)
		r.ends("spring", 101, 20, schema.OutcomeSent, "sent")
		r.ends("spring", 121, 15, schema.OutcomeRejected, "phone_limit")
		r.ends("spring", 136, 5, schema.OutcomeRejected, "not_found")
		body := r.get("/batches/spring").body
		// 40 results in 20 s: 960 rows take 480 s. Of the 100 that wait, 80 are sent
		// in the 40 s that their codes have, and who comes in then waits for 50 s.
		has(t, body, "2.0 results a second", "in 8 min; 20 would expire first", "At this rate 20 of 960 rows would expire", "4 % done", "phone_limit", "not_found")
		var total, parts int
		for _, m := range sums.FindAllStringSubmatch(body, -1) {
			n, err := strconv.Atoi(m[2])
			if err != nil {
				t.Fatal(err)
			}
			if m[1] != "" {
				parts += n
			} else {
				total += n
			}
		}
		if total != 1000+1000 || parts != 20 { // the last line is the sum
			t.Errorf("%d rows, %d by reason: %s", total, parts, body)
		}
		time.Sleep(90 * time.Second)
		has(t, r.get("/batches/spring").body, "0.0 results a second", "nothing was sent in the last minute", "expired at")
		r.finish("spring")
		body = r.get("/batches/spring").body
		has(t, body, "✓ finished", "ended ")
		if strings.Contains(body, "would expire") || strings.Contains(body, "Log in</a> to pause") {
			t.Errorf("it has ended: %s", body)
		}
		shows(t, body)
	})
}

func TestMoveBatch(t *testing.T) {
	onQueue(t, func(t *testing.T, r *queueRig) {
		r.create("spring", 10)
		r.waits(3)
		if body := r.get("/batches/spring").body; strings.Contains(body, "<form") || !strings.Contains(body, "to pause, resume or cancel") {
			t.Error(body)
		}
		body := r.follow(r.post("/batches/spring/pause", url.Values{})).body
		has(t, body, "It is paused:", "❚❚ paused", "Resume", "not while it is paused")
		if r.state("spring") != queue.BatchPaused {
			t.Errorf("is %s", r.state("spring"))
		}
		has(t, r.follow(r.post("/batches/spring/pause", url.Values{})).body, "It is paused:") // twice is once
		has(t, r.follow(r.post("/batches/spring/resume", url.Values{})).body, "It goes on.", "Pause the batch")
		if r.state("spring") != queue.BatchOpen {
			t.Errorf("is %s", r.state("spring"))
		}
		// What was done is told only as long as it is so.
		if body := r.get("/batches/spring?did=paused").body; strings.Contains(body, "It is paused") {
			t.Error(body)
		}
	})
}

// To cancel asks first.
func TestCancelBatch(t *testing.T) {
	onQueue(t, func(t *testing.T, r *queueRig) {
		r.create("spring", 10)
		r.waits(3)
		for _, form := range []url.Values{{}, {"confirm": {"no"}}} {
			resp := r.post("/batches/spring/cancel", form)
			has(t, resp.body, "10 of 10 rows", "7 not published, 3 waiting", "Cancel the batch for good")
			if r.state("spring") != queue.BatchOpen {
				t.Errorf("is %s", r.state("spring"))
			}
		}
		has(t, r.follow(r.post("/batches/spring/cancel", url.Values{"confirm": {"yes"}})).body, "It is cancelled:", "✕ cancelled")
		if b, err := r.queue.Batch(t.Context(), "spring"); err != nil || b.State != queue.BatchCancelled || !b.Cancelled {
			t.Errorf("%+v, %v", b, err)
		}
	})
}

// A batch that came to its end before the form did says so.
func TestMoveEndedBatch(t *testing.T) {
	onQueue(t, func(t *testing.T, r *queueRig) {
		r.create("spring", 1)
		r.ends("spring", 1, 1, schema.OutcomeSent, "sent")
		r.finish("spring")
		r.create("summer", 1)
		r.follow(r.post("/batches/summer/cancel", url.Values{"confirm": {"yes"}}))
		for _, form := range []url.Values{{}, {"confirm": {"yes"}}} {
			for _, move := range []string{"pause", "resume", "cancel"} {
				resp := r.post("/batches/spring/"+move, form)
				if resp.status != http.StatusConflict || !strings.Contains(resp.body, "has finished already") {
					t.Errorf("%s: %d: %s", move, resp.status, resp.body)
				}
			}
		}
		for _, move := range []string{"pause", "resume"} {
			if resp := r.post("/batches/summer/"+move, url.Values{}); resp.status != http.StatusConflict || !strings.Contains(resp.body, "was cancelled already") {
				t.Errorf("%s: %d", move, resp.status)
			}
		}
		if a, b := r.state("spring"), r.state("summer"); a != queue.BatchFinished || b != queue.BatchCancelled {
			t.Errorf("are %s and %s", a, b)
		}
	})
}

func TestBatchesAreGuarded(t *testing.T) {
	onQueue(t, func(t *testing.T, r *queueRig) {
		r.create("spring", 10)
		readOnly := page(t, func(c *console.Config) {
			c.Queue = func() *queue.Queue { return r.queue }
			c.Token = redact.Secret{}
		})
		form := url.Values{"confirm": {"yes"}}
		for _, move := range []string{"pause", "resume", "cancel"} {
			path := "/batches/spring/" + move
			if resp := ask(readOnly, "POST", path, form, r.in); resp.status != http.StatusForbidden {
				t.Errorf("read-only %s: %d", move, resp.status)
			}
			if resp := ask(r.page, "POST", path, form, nil); !strings.HasPrefix(resp.header.Get("Location"), "/login") {
				t.Errorf("not logged in %s: %d", move, resp.status)
			}
			other := func(req *http.Request) { r.in(req); req.Header.Set("Origin", "http://evil.example") }
			if resp := ask(r.page, "POST", path, form, other); resp.status != http.StatusForbidden {
				t.Errorf("other origin %s: %d", move, resp.status)
			}
			if resp := ask(r.page, "GET", path+"?confirm=yes", nil, r.in); resp.status != http.StatusNotFound {
				t.Errorf("GET %s: %d", move, resp.status)
			}
		}
		r.post("/batches/spring/cancel?confirm=yes", url.Values{}) // what stands in the query is not an answer
		if state := r.state("spring"); state != queue.BatchOpen {
			t.Errorf("is %s", state)
		}
		for _, id := range []string{"nothing", "%3Cscript%3Ealert(1)%3C%2Fscript%3E", "a.b", "%3E", strings.Repeat("x", 49)} {
			for _, resp := range []reply{r.get("/batches/" + id), r.post("/batches/"+id+"/pause", url.Values{}), r.post("/batches/"+id+"/cancel", url.Values{})} {
				if resp.status != http.StatusNotFound || strings.Contains(resp.body, "<script>alert") || !strings.Contains(resp.body, "no batch of this name") {
					t.Errorf("%s: %d: %s", id, resp.status, resp.body)
				}
			}
		}
	})
}
