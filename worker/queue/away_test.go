package queue_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/nats-io/nats.go"

	"github.com/otpworker/otpworker/schema"
	"github.com/otpworker/otpworker/worker/queue"
)

// away is what a worker, its page and an operator ask for all the time.
func (r *rig) away(ctx context.Context) map[string]error {
	q := r.queue
	_, backlog := q.Backlog(ctx)
	_, apps := q.Apps(ctx)
	_, waiting := q.Waiting(ctx)
	_, skew := q.ClockSkew(ctx)
	_, fleet := q.Fleet(ctx)
	_, batches := q.Batches(ctx)
	_, one := q.Batch(ctx, "spring")
	_, changed := q.ChangeBatch(ctx, "spring", func(*queue.Batch) error { return nil })
	_, status := q.BatchStatus(ctx, spring(10))
	_, counted := q.DeadByReason(ctx)
	_, page := q.DeadPage(ctx, queue.DeadFilter{}, 0)
	_, letter := q.Letter(ctx, 1)
	_, entries := q.FindEntries(ctx, "j1", "")
	_, entry := q.FindEntries(ctx, "j1", "app1")
	_, _, queued := q.FindQueued(ctx, "j1", "")
	_, _, head := q.Head(ctx, schema.JobSubjects)
	_, last := q.LastResult(ctx)
	all := map[string]error{
		"Backlog": backlog, "Apps": apps, "Waiting": waiting, "ClockSkew": skew, "Fleet": fleet,
		"Batches": batches, "Batch": one, "ChangeBatch": changed, "BatchStatus": status,
		"DeadByReason": counted, "DeadPage": page, "Letter": letter, "FindEntries": entries, "FindEntries of an app": entry,
		"FindQueued": queued, "Head": head, "LastResult": last,
		"Publish": q.Publish(ctx, schema.LaneBatch, job("j2")), "PublishDead": q.PublishDead(ctx, letterOf(r.t, deadJob("j3"))),
	}
	all["Results"], all["Dead"] = nil, nil
	for _, err := range q.Results(ctx, queue.Follow{Once: true}) {
		all["Results"] = err
	}
	for _, err := range q.Dead(ctx, queue.DeadFilter{}) {
		all["Dead"] = err
	}
	_, all["Ask"] = q.Ask(ctx, "echo", "a")
	return all
}

// Whatever is asked while no server is connected, the answer says so, at once and
// in no words of the client's; and a refusal of a moment before is not the reason.
func TestWithoutServerEverythingSaysSo(t *testing.T) {
	for name, asked := range map[string]bool{"asked before": true, "asked for the first time": false} {
		t.Run(name, func(t *testing.T) {
			provisioned(t, func(t *testing.T, r *rig) {
				if asked {
					r.create(spring(10))
					r.publish(schema.LaneBatch, job("j1"))
					r.away(t.Context())
				}
				conn := r.queue.Conn()
				conn.ErrorHandler()(conn, nil, fmt.Errorf("%w to %q", nats.ErrPermissionViolation, "$JS.API.STREAM.INFO."+schema.StreamJobs))
				r.server.Stop()
				synctest.Wait()
				start := time.Now()
				for what, err := range r.away(t.Context()) {
					if !errors.Is(err, queue.ErrUnreachable) || !errors.Is(err, nats.ErrReconnectBufExceeded) || !queue.Away(err) {
						t.Errorf("%s: got %v, want ErrUnreachable", what, err)
					}
					if err == nil || strings.Contains(err.Error(), "buffer") || !strings.HasSuffix(err.Error(), "no NATS server reachable") {
						t.Errorf("%s says %q", what, err)
					}
				}
				took(t, start, 0)
			})
		})
	}
}
