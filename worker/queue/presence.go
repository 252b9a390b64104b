package queue

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/micro"

	"github.com/otpworker/otpworker/schema"
)

// ServiceName is what workers are called by nats micro.
const ServiceName = "otpworker"

// noticeTimeout bounds the look whether a worker may show itself.
const noticeTimeout = 5 * time.Second

// A Presence is how a worker shows itself: to nats micro ls, info and stats, and
// to [Queue.Fleet].
type Presence struct {
	// Version is that of the program. One that is not semantic is shown as 0.0.0,
	// and in the metadata as it is.
	Version string
	// Metadata are facts that do not change.
	Metadata map[string]string
	// Brief and Whole make the documents that nats micro stats and
	// [Queue.Fleet] get. They are called at any time, one call at a time each.
	Brief, Whole func() any
}

// Announce shows a worker until leave is called. The error is [ErrForbidden] if
// this connection lacks the right to; a broker that is away for the moment is no
// error. Announce before the work begins: see [Queue.Check].
func (q *Queue) Announce(ctx context.Context, p Presence) (leave func(), err error) {
	ctx, cancel := context.WithTimeout(ctx, noticeTimeout)
	defer cancel()
	// The service would try all its subjects, each with a word on the connection.
	for _, subject := range fleetListens {
		if err := q.trySubscribe(ctx, subject); errors.Is(err, ErrForbidden) {
			return nil, fmt.Errorf("listen on %s: %w", subject, err)
		}
	}
	service, err := micro.AddService(q.nc, micro.Config{
		Name: ServiceName, Version: semantic(p.Version), Metadata: p.Metadata,
		Description:        "Sends one-time passwords from a NATS queue",
		StatsHandler:       func(*micro.Endpoint) any { return p.Brief() },
		QueueGroupDisabled: true, // each worker answers, not one of them
	})
	if err != nil {
		return nil, fmt.Errorf("show worker: %w", err)
	}
	answer := func(r micro.Request) { _ = r.RespondJSON(p.Whole()) } // who asks waits in vain then, and asks again
	if err := service.AddEndpoint("snapshot", micro.HandlerFunc(answer), micro.WithEndpointSubject(schema.FleetSnapshot)); err != nil {
		_ = service.Stop()
		return nil, fmt.Errorf("show worker: %w", err)
	}
	_ = q.nc.FlushWithContext(ctx)            // a broker that is away learns of it when it is back
	return func() { _ = service.Stop() }, nil // it says that the connection is closed
}

// fleetListens are subjects of which each stands for a right to listen.
var fleetListens = []string{"$SRV.STATS." + ServiceName, schema.FleetSnapshot}

// trySubscribe subscribes and ends it.
func (q *Queue) trySubscribe(ctx context.Context, subject string) error {
	return q.unrefused(ctx, func() error {
		sub, err := q.nc.Subscribe(subject, func(*nats.Msg) {})
		if err != nil {
			return err
		}
		return sub.Unsubscribe()
	})
}

// semver is a semantic version, of the forms that releases have.
var semver = regexp.MustCompile(`^(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(-[a-z]+(\.(0|[1-9]\d*))?)?$`)

func semantic(version string) string {
	if v := strings.TrimPrefix(version, "v"); semver.MatchString(v) {
		return v
	}
	return "0.0.0"
}
