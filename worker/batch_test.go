package worker_test

import (
	"errors"
	"fmt"
	"maps"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/otpworker/otpworker/client"
	"github.com/otpworker/otpworker/schema"
	"github.com/otpworker/otpworker/worker"
	"github.com/otpworker/otpworker/worker/queue"
)

// Three workers bring a batch to its end: each row has one result, the status
// adds up whenever somebody looks, and the end is told once.
func TestBatchToItsEnd(t *testing.T) {
	const rows = 600
	inVirtualTime(t, nil, func(t *testing.T, r *rig) {
		p := &desk{latency: 100 * time.Millisecond, refuse: func(orderID string) error {
			if n, _ := schema.BatchRow("spring", orderID); n%10 == 0 {
				return refusal("-28")
			}
			return nil
		}}
		r.startWorkerWith(p)
		stop := r.startMore(2, p)
		b := r.fill("spring", "app1", rows, nil)
		s := r.finished("spring", time.Minute)
		want := schema.Counts{schema.OutcomeSent: rows * 9 / 10, schema.OutcomeRejected: rows / 10}
		if !maps.Equal(s.Counts, want) || s.Reasons[schema.OutcomeRejected]["phone_limit"] != rows/10 || s.Repeats != 0 {
			t.Errorf("got %+v", s)
		}
		time.Sleep(10 * time.Second) // the others look too
		ends := r.ends()
		if len(ends) != 1 || !maps.Equal(ends[0].Counts, want) || ends[0].Cancelled || ends[0].Rows != rows || ends[0].Published != rows || !ends[0].StartedAt.Equal(b.CreatedAt) {
			t.Errorf("ends %+v", ends)
		}
		if results := r.results(); len(results) != rows || results["spring-7"].BatchID != "spring" {
			t.Errorf("%d results, row 7 has %+v", len(results), results["spring-7"])
		}
		if all, most := p.sent(); all != rows*9/10 || most != 1 {
			t.Errorf("%d sends, %d of one row", all, most)
		}
		stop()
		r.drained()
	})
}

// Nothing of a paused batch is sent, its jobs expire in time, and it takes no
// slot: what else is on the lane is as fast as alone. Then it goes on.
func TestPausedBatch(t *testing.T) {
	const rows, ttl = 1000, 90
	inVirtualTime(t, nil, func(t *testing.T, r *rig) {
		p := &desk{latency: time.Second}
		r.startWorkerWith(p)
		early := func(j *schema.Job) { j.TTLSeconds = ttl }
		r.fill("spring", "app1", rows, early)
		start := time.Now()
		time.Sleep(2 * time.Second)
		r.move("spring", queue.BatchPaused)
		time.Sleep(2 * time.Second) // what was on its way ends
		before := p.called()
		if before == 0 || before > 4*48 {
			t.Fatalf("%d sends before the pause", before)
		}
		taken := r.takenOf("spring")
		// 480 jobs in 48 slots take ten seconds.
		r.fill("summer", "app1", 240, nil)
		r.batch(of("app2", 240)...)
		r.finished("summer", 14*time.Second)
		r.await(before+480, 14*time.Second)
		if n := p.called(); n != before+480 {
			t.Errorf("%d sends while paused", n-before-480)
		}
		time.Sleep(time.Until(start.Add(ttl * time.Second / 2)))
		if n := r.takenOf("spring"); n != taken {
			t.Errorf("%d jobs were taken of the queue while paused", n-taken)
		}
		late, err := r.queue.CreateBatch(t.Context(), queue.Batch{ID: "autumn", AppID: "app1", Rows: 100})
		if err != nil {
			t.Fatal(err)
		}
		r.move("autumn", queue.BatchPaused)
		time.Sleep(time.Second)
		r.publishRows(late, 100, early)
		time.Sleep(time.Until(start.Add(ttl*time.Second + 4*time.Second)))
		s := r.finished("spring", 10*time.Second)
		if n := s.Reasons[schema.OutcomeExpired]["batch_paused"]; n == 0 || n != uint64(rows-before) || s.Counts[schema.OutcomeSent] != uint64(before) {
			t.Errorf("%d sent before, then %+v", before, s.Reasons)
		}
		for id, result := range r.results() {
			if over := result.CompletedAt.Sub(start.Add(ttl * time.Second)); result.Outcome == schema.OutcomeExpired && (over < -2*time.Second || over > 5*time.Second) {
				t.Errorf("%s: expired %s after its time", id, over)
			}
		}
		if n := p.called(); n != before+480 {
			t.Errorf("%d sends while paused", n-before-480)
		}
		if n := r.status("autumn").Waiting; n != 100 {
			t.Errorf("%d of 100 rows of the younger batch wait", n)
		}
		r.move("autumn", queue.BatchOpen)
		time.Sleep(10 * time.Second)
		if s := r.status("autumn"); s.Counts[schema.OutcomeSent] != 100 {
			t.Errorf("after it went on: %+v", s)
		}
	})
}

// Of a paused batch some jobs are older and some not: the old ones expire in
// time, while the others are kept and sent later.
func TestPausedBatchKeepsTheRest(t *testing.T) {
	const rows = 200
	inVirtualTime(t, nil, func(t *testing.T, r *rig) {
		p := &desk{}
		b, err := r.queue.CreateBatch(t.Context(), queue.Batch{ID: "spring", AppID: "app1", Rows: 2 * rows})
		if err != nil {
			t.Fatal(err)
		}
		r.move("spring", queue.BatchPaused)
		r.startWorkerWith(p)
		r.publishRows(b, rows, func(j *schema.Job) { j.TTLSeconds = 60 })
		b.Published = rows
		time.Sleep(30 * time.Second)
		r.publishRows(b, rows, func(j *schema.Job) { j.TTLSeconds = 60 })
		time.Sleep(35 * time.Second)
		if s := r.status("spring"); s.Counts[schema.OutcomeExpired] != rows || s.Waiting != rows || p.called() != 0 {
			t.Errorf("after the first half's time: %+v, %d calls", s, p.called())
		}
		r.move("spring", queue.BatchOpen)
		time.Sleep(8 * time.Second)
		if s := r.status("spring"); s.Counts[schema.OutcomeSent] != rows {
			t.Errorf("after it went on: %+v", s)
		}
	})
}

// Each job of a cancelled batch gets its result at once, and nothing of it is
// sent; one that may have been sent is asked about first.
func TestCancelledBatch(t *testing.T) {
	const rows = 2000
	inVirtualTime(t, nil, func(t *testing.T, r *rig) {
		p := &desk{latency: 2 * time.Second, lose: func(orderID string) bool { return orderID == "spring-3" }}
		r.startWorkerWith(p)
		stop := r.startMore(1, p)
		r.fill("spring", "app1", rows, nil)
		time.Sleep(3 * time.Second)
		before := p.called()
		r.move("spring", queue.BatchCancelled)
		time.Sleep(time.Second)
		if n := p.called(); n > before+96 {
			t.Errorf("%d calls in the second after", n-before)
		}
		called := p.called()
		time.Sleep(4 * time.Second)
		if s := r.status("spring"); s.Waiting > 1 || p.called() != called {
			t.Errorf("5s after: %d wait, %d calls more, %v", s.Waiting, p.called()-called, s.Reasons)
		}
		s := r.finished("spring", time.Minute)
		sent, most := p.sent()
		want := schema.Reasons{schema.OutcomeSent: {"sent": uint64(sent)}, schema.OutcomeExpired: {"cancelled": rows - uint64(sent)}}
		if fmt.Sprint(s.Reasons) != fmt.Sprint(want) || most != 1 || sent >= rows/2 {
			t.Errorf("%d sent, %d of one; got %v, want %v", sent, most, s.Reasons, want)
		}
		want3 := schema.OutcomeSent
		if result := r.results()["spring-3"]; result.Outcome != want3 || result.Attempts != 1 {
			t.Errorf("the lost one: %+v", result)
		}
		ends := r.ends()
		if len(ends) != 1 || !ends[0].Cancelled || ends[0].Counts[schema.OutcomeSent] != uint64(sent) {
			t.Errorf("ends %+v", ends)
		}
		stop()
		r.drained()
	})
}

// A cancelled batch does not wait for a provider that is down.
func TestCancelWhileTheProviderIsDown(t *testing.T) {
	inVirtualTime(t, func(s *setup) { s.worker.BreakerOpen = time.Minute }, func(t *testing.T, r *rig) {
		p := &desk{refuse: func(string) error { return &client.NotSentError{Op: "sendRule", Err: errors.New("refused")} }}
		r.startWorkerWith(p)
		r.fill("spring", "app1", 500, nil)
		time.Sleep(10 * time.Second)
		r.move("spring", queue.BatchCancelled)
		time.Sleep(3 * time.Second)
		// Those that were pulled before are on their way back.
		if s := r.status("spring"); s.Counts[schema.OutcomeExpired] < 400 {
			t.Errorf("3s after: %+v", s)
		}
		r.finished("spring", 2*time.Minute)
	})
}

// Rows that come after the end of a cancelled batch are not sent either: its
// sender may have been frozen.
func TestStragglersOfACancelledBatch(t *testing.T) {
	inVirtualTime(t, nil, func(t *testing.T, r *rig) {
		p := &desk{}
		r.startWorkerWith(p)
		b, err := r.queue.CreateBatch(t.Context(), queue.Batch{ID: "spring", AppID: "app1", Rows: 30})
		if err != nil {
			t.Fatal(err)
		}
		r.publishRows(b, 10, nil)
		time.Sleep(time.Second)
		r.move("spring", queue.BatchCancelled)
		s := r.finished("spring", 20*time.Second)
		if s.Unpublished != 20 || s.Counts[schema.OutcomeSent] != 10 {
			t.Errorf("got %+v", s)
		}
		b.Published = 10
		r.publishRows(b, 10, nil)
		time.Sleep(5 * time.Second)
		r.stopWorker()
		r.startWorkerWith(p) // one that has not seen it run
		b.Published = 20
		r.publishRows(b, 10, nil)
		time.Sleep(5 * time.Second)
		if sent, _ := p.sent(); sent != 10 || r.jobsLeft() != 0 || len(r.ends()) != 1 {
			t.Errorf("%d sent, %d left, %d ends", sent, r.jobsLeft(), len(r.ends()))
		}
	})
}

// An app with eight batches gets no more than an app with one.
func TestBatchesShareLikeApps(t *testing.T) {
	const rows = 4800
	inVirtualTime(t, nil, func(t *testing.T, r *rig) {
		p := &desk{latency: 200 * time.Millisecond}
		for i := range 8 {
			r.fill(fmt.Sprint("many", i), "app-many", rows/8, nil)
		}
		r.fill("one", "app-one", rows, nil)
		r.startWorkerWith(p)
		start := time.Now()
		r.await(rows, 2*time.Minute)
		share := map[string]int{}
		batches := map[string]int{}
		for _, e := range r.seen(worker.KindResult, "") {
			share[e.AppID]++
			batches[e.Result.BatchID]++
		}
		all := share["app-many"] + share["app-one"]
		if share["app-one"]*100 < all*42 { // by jobs, not by apps, it would be 11
			t.Errorf("the app with one batch got %d of %d", share["app-one"], all)
		}
		if took := time.Since(start); took > 36*time.Second {
			t.Errorf("took %s: slots were idle", took)
		}
		for i := range 8 {
			if n := batches[fmt.Sprint("many", i)]; n*8*4 < share["app-many"] {
				t.Errorf("batch %d of 8 got %d of %d", i, n, share["app-many"])
			}
		}
	})
}

// More batches of an app than it may pull for at once take turns.
func TestMoreBatchesThanIntakes(t *testing.T) {
	defer worker.FewOfAnApp(4)()
	inVirtualTime(t, nil, func(t *testing.T, r *rig) {
		p := &desk{latency: 100 * time.Millisecond}
		for i := range 12 {
			r.fill(fmt.Sprint("b", i), "app1", 20, nil)
			if i < 6 {
				r.move(fmt.Sprint("b", i), queue.BatchPaused)
			}
		}
		r.startWorkerWith(p)
		start := time.Now()
		for i := 6; i < 12; i++ {
			r.finished(fmt.Sprint("b", i), time.Minute)
		}
		if took := time.Since(start); took > 20*time.Second {
			t.Errorf("took %s", took)
		}
		if sent, _ := p.sent(); sent != 120 {
			t.Errorf("%d sent", sent)
		}
	})
}

// A worker that dies between the event and the record leaves the record to the
// next one, and the end is told once.
func TestCrashBetweenEventAndRecord(t *testing.T) {
	inVirtualTime(t, nil, func(t *testing.T, r *rig) {
		wire := r.makeLossy()
		p := &desk{}
		r.fill("spring", "app1", 20, nil)
		wire.losing("$KV.otp_batches.")
		r.startWorkerWith(p)
		time.Sleep(20 * time.Second)
		if s := r.status("spring"); s.State != queue.BatchOpen || len(r.ends()) != 1 || wire.count() == 0 {
			t.Fatalf("%s with %d ends, %d writes lost", s.State, len(r.ends()), wire.count())
		}
		r.stopWorker()
		wire.losing("")
		r.startWorkerWith(p)
		r.finished("spring", 10*time.Second)
		if n := len(r.ends()); n != 1 {
			t.Errorf("%d ends", n)
		}
	})
}

// A worker that cannot read which batches are paused takes no batch's job, and
// the others as ever.
func TestBatchesNotReadable(t *testing.T) {
	inVirtualTime(t, nil, func(t *testing.T, r *rig) {
		wire := r.makeLossy()
		p := &desk{}
		r.fill("spring", "app1", 20, nil)
		r.move("spring", queue.BatchPaused)
		r.fill("summer", "app1", 20, nil)
		wire.losing("$JS.API.CONSUMER.CREATE.KV_otp_batches")
		r.startWorkerWith(p)
		r.batch(of("app1", 20)...)
		time.Sleep(30 * time.Second)
		if n := p.called(); n != 20 {
			t.Errorf("%d calls, want the 20 plain jobs'", n)
		}
		wire.losing("")
		time.Sleep(20 * time.Second)
		if n := p.called(); n != 40 {
			t.Errorf("%d calls, want the open batch's too", n)
		}
	})
}

// A job that contradicts its subject counts for the batch whose subject it came
// on, so that the batch adds up.
func TestJobOfAnotherBatch(t *testing.T) {
	inVirtualTime(t, nil, func(t *testing.T, r *rig) {
		b, err := r.queue.CreateBatch(t.Context(), queue.Batch{ID: "spring", AppID: "app1", Rows: 4})
		if err != nil {
			t.Fatal(err)
		}
		nc := r.raw()
		defer nc.Close()
		for n, edit := range []func(*schema.Job){
			func(*schema.Job) {},
			func(j *schema.Job) { j.BatchID = "summer" },
			func(j *schema.Job) { j.BatchID = "" },
			func(j *schema.Job) { j.AppID = "app2" },
		} {
			j := rowOf(b, uint64(n+1))
			edit(&j)
			data, err := j.Encode()
			if err != nil {
				t.Fatal(err)
			}
			if err := nc.Publish(schema.BatchJobSubject("app1", "spring"), data); err != nil {
				t.Fatal(err)
			}
		}
		r.startWorkerWith(&desk{})
		results := r.await(4, 10*time.Second)
		want(t, results["spring-1"], schema.OutcomeSent, "sent", 1)
		for n := 2; n <= 4; n++ {
			result := results["spring-"+strconv.Itoa(n)]
			want(t, result, schema.OutcomeInvalid, "invalid", 0)
			if result.BatchID != "spring" || result.AppID != "app1" || len(result.Faults) != 1 || !strings.Contains(result.Faults[0].Problem, "token of the subject") {
				t.Errorf("row %d: %+v", n, result)
			}
		}
		if s := r.status("spring"); s.Counts[schema.OutcomeInvalid] != 3 || s.Counts[schema.OutcomeSent] != 1 {
			t.Errorf("got %+v", s)
		}
	})
}

// A row that is queued again after the broker has forgotten it gets the result
// that the ledger holds, on the batch's subject, and no second send.
func TestRowQueuedAgain(t *testing.T) {
	inVirtualTime(t, nil, func(t *testing.T, r *rig) {
		p := &desk{}
		r.startWorkerWith(p)
		b := r.fill("spring", "app1", 2, nil)
		r.finished("spring", 10*time.Second)
		time.Sleep(15 * time.Minute)
		b.Published = 0
		r.publishRows(b, 1, func(j *schema.Job) { j.TTLSeconds = 3600 })
		time.Sleep(5 * time.Second)
		synctest.Wait()
		b.State = queue.BatchOpen
		s, err := r.queue.BatchStatus(t.Context(), b)
		if all, most := p.sent(); err != nil || s.Repeats != 1 || s.Counts[schema.OutcomeSent] != 3 || all != 2 || most != 1 {
			t.Errorf("%d sends, %d of one; %+v, %v", all, most, s, err)
		}
	})
}
