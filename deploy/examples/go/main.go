// Command go publishes one job and waits for its result. See README.md.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"time"

	"github.com/nats-io/nuid"

	"github.com/otpworker/otpworker/schema"
	"github.com/otpworker/otpworker/schema/redact"
	"github.com/otpworker/otpworker/schema/seal"
	"github.com/otpworker/otpworker/worker/queue"
)

// ttl is the life of the code: nothing is sent after it. SendAndWait waits 30 s
// longer for the result.
const ttl = time.Minute

func main() {
	sent, err := run()
	switch {
	case err != nil:
		fmt.Fprintln(os.Stderr, "error:", err)
		os.Exit(2)
	case !sent:
		os.Exit(1)
	}
}

func run() (sent bool, err error) {
	app := flag.String("app", "", "app id")
	to := flag.String("to", "", "number, such as 8613800138000")
	code := flag.String("code", "", "the one-time code")
	id := flag.String("id", nuid.Next(), "idempotency key: publish again under the same one when in doubt")
	sealTo := flag.String("seal-to", "", "the workers' public key: encrypts code and number")
	flag.Parse()
	job := schema.Job{ID: *id, AppID: *app, Code: redact.NewCode(*code), To: redact.NewPhone(*to), TTLSeconds: int(ttl.Seconds())}
	if *sealTo != "" {
		if job, err = seal.Seal(*sealTo, job); err != nil { // last: id and app must be final
			return false, err
		}
	}

	ctx, cancel := context.WithTimeout(context.Background(), ttl+time.Minute)
	defer cancel()
	cfg := queue.DefaultConfig()
	cfg.URL, cfg.NKey = os.Getenv("NATS_URL"), os.Getenv("NATS_NKEY")
	cfg.CA, cfg.InboxPrefix = os.Getenv("NATS_CA"), os.Getenv("OTPWORKER_INBOX_PREFIX")
	q, err := queue.Connect(ctx, cfg) // once, for all jobs
	if err != nil {
		return false, fmt.Errorf("%w; is otpworker run started? Else set NATS_URL", err)
	}
	defer func() { err = errors.Join(err, q.Close()) }()

	// The job carries the trace that ctx is in: with OpenTelemetry that is the
	// span of the request at hand, and nothing has to be done.
	ctx = queue.TraceFrom(ctx, map[string][]string{"traceparent": {os.Getenv("TRACEPARENT")}})
	result, err := q.SendAndWait(ctx, schema.LaneInteractive, job)
	if err != nil {
		return false, err // schema.Faults name each field that is wrong
	}
	return result.Outcome == schema.OutcomeSent, json.NewEncoder(os.Stdout).Encode(result)
}
