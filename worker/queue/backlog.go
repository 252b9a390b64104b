package queue

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/otpworker/otpworker/schema"
)

// An App is one app's share of a lane: its plain jobs, or those of one of its
// batches.
type App struct {
	Lane schema.Lane
	ID   string
	// Batch is the id of a managed batch; empty for the app's plain jobs.
	Batch string
}

// Subject is where its jobs wait.
func (a App) Subject() string {
	if a.Batch != "" {
		return schema.BatchJobSubject(a.ID, a.Batch)
	}
	return schema.JobSubject(a.Lane, a.ID)
}

// Backlog counts the jobs that the queue holds for each app of each lane and for
// each batch, those in hand included.
func (q *Queue) Backlog(ctx context.Context) (map[App]uint64, error) {
	bySubject, err := q.subjects(ctx)
	if err != nil {
		return nil, err
	}
	backlog := map[App]uint64{}
	for subject, n := range bySubject {
		if place, err := schema.ParseJobSubject(subject); err == nil {
			backlog[App{Lane: place.Lane, ID: place.AppID, Batch: place.BatchID}] = n
		}
	}
	return backlog, nil
}

// Apps names the apps that have jobs in the queue or results in the stream.
func (q *Queue) Apps(ctx context.Context) ([]string, error) {
	jobs, err := q.subjects(ctx)
	if err != nil {
		return nil, err
	}
	results, err := q.subjectsOf(ctx, schema.StreamResults, schema.ResultSubjects)
	if err != nil {
		return nil, err
	}
	apps := map[string]bool{}
	for subject := range jobs {
		if place, err := schema.ParseJobSubject(subject); err == nil {
			apps[place.AppID] = true
		}
	}
	for subject := range results {
		if appID := schema.ResultApp(subject); appID != "" {
			apps[appID] = true
		}
	}
	return slices.Sorted(maps.Keys(apps)), nil
}

// subjects counts the messages of the job stream by subject.
func (q *Queue) subjects(ctx context.Context) (map[string]uint64, error) {
	return q.subjectsOf(ctx, schema.StreamJobs, schema.JobSubjects)
}

func (q *Queue) subjectsOf(ctx context.Context, name, filter string) (map[string]uint64, error) {
	stream, err := q.stream(ctx, name)
	if err != nil {
		return nil, fmt.Errorf("look at stream %s: %w", name, q.orRefused(err, "STREAM.INFO."+name))
	}
	info, err := stream.Info(ctx, jetstream.WithSubjectFilter(filter))
	if err != nil {
		return nil, fmt.Errorf("look at stream %s: %w", name, q.orRefused(err, "STREAM.INFO."+name))
	}
	return info.State.Subjects, nil
}

// stream keeps the handles: opening one costs a request.
func (q *Queue) stream(ctx context.Context, name string) (jetstream.Stream, error) {
	if kept, ok := q.streams.Load(name); ok {
		return kept.(jetstream.Stream), nil
	}
	stream, err := q.js.Stream(ctx, name)
	if err == nil {
		q.streams.Store(name, stream)
	}
	return stream, unsent(err)
}

// Waiting is how many jobs the queue holds, those in hand included.
func (q *Queue) Waiting(ctx context.Context) (uint64, error) {
	stream, err := q.js.Stream(ctx, schema.StreamJobs)
	if err != nil {
		return 0, fmt.Errorf("look at stream %s: %w", schema.StreamJobs, unsent(err))
	}
	return stream.CachedInfo().State.Msgs, nil
}
