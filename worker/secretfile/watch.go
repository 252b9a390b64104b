package secretfile

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"time"

	"github.com/otpworker/otpworker/schema/redact"
)

const (
	// DefaultEvery is the time between two looks.
	DefaultEvery = 2 * time.Second
	// DefaultSettle is how long the rest of a change is waited for.
	DefaultSettle = 10 * time.Second
	// longestPause is between two tries to use what was found.
	longestPause = time.Minute
	// maxBytes bounds a file.
	maxBytes = 64 << 10
)

// A Watch re-reads the files of one secret.
type Watch struct {
	// Name says in the log what changes. Required.
	Name string
	// Paths are the files, Have what is in use of them: nothing, or one for each.
	// Paths are required.
	Paths []string
	Have  []redact.Secret
	// Use takes over what was found; until it returns nil, what was in use stays,
	// and it is called again after a pause of up to a minute. Its error goes into
	// the log and must show no secret. Required.
	Use func(ctx context.Context, found []redact.Secret) error
	// Log gets a line for each change and for what keeps one from being used.
	// Required.
	Log *slog.Logger
	// Every is the time between two looks. 0 defaults to DefaultEvery.
	Every time.Duration
	// Settle is how long, after a change of some files only, the others are waited
	// for. 0 defaults to DefaultSettle.
	Settle time.Duration
}

// Run looks until ctx ends.
func (w Watch) Run(ctx context.Context) {
	if w.Every == 0 {
		w.Every = DefaultEvery
	}
	if w.Settle == 0 {
		w.Settle = DefaultSettle
	}
	s := &state{Watch: w}
	ticks := time.NewTicker(w.Every)
	defer ticks.Stop()
	for {
		select {
		case <-ticks.C:
			s.look(ctx)
		case <-ctx.Done():
			return
		}
	}
}

// state is what a watch knows from one look to the next.
type state struct {
	Watch
	unreadable bool
	// seen is what the last look has found, if it is not in use; since when.
	seen  []redact.Secret
	since time.Time
	// pause and nextTry are of the tries to use it.
	pause   time.Duration
	nextTry time.Time
}

func (s *state) look(ctx context.Context) {
	found, err := ReadAll(s.Paths)
	if unreadable := err != nil; unreadable != s.unreadable {
		s.unreadable = unreadable
		if unreadable {
			s.Log.Warn(s.Name+" cannot be read again, the former one stays in use", "err", err)
		}
	}
	now := time.Now()
	switch {
	case err != nil || equal(found, s.Have):
		s.seen = nil
	case !equal(found, s.seen):
		s.seen, s.since, s.pause, s.nextTry = found, now, s.Every, now
	case s.half(found) && now.Sub(s.since) < s.Settle || now.Before(s.nextTry):
	default:
		s.use(ctx, found)
	}
}

func (s *state) use(ctx context.Context, found []redact.Secret) {
	err := s.Use(ctx, found)
	if ctx.Err() != nil {
		return
	}
	if err != nil {
		s.nextTry = time.Now().Add(s.pause)
		s.pause = min(2*s.pause, longestPause)
		s.Log.Warn(s.Name+" was changed and cannot be used, the former one stays in use", "err", err)
		return
	}
	s.Have, s.seen = found, nil
	s.Log.Info(s.Name + " was changed and is in use")
}

// half says that some files are as they were.
func (s *state) half(found []redact.Secret) bool {
	for i := range s.Have {
		if found[i].Reveal() == s.Have[i].Reveal() {
			return true
		}
	}
	return false
}

func equal(a, b []redact.Secret) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i].Reveal() != b[i].Reveal() {
			return false
		}
	}
	return true
}

// ReadAll reads files without the white space around what is in them. An empty
// one is an error: somebody is writing it.
func ReadAll(paths []string) ([]redact.Secret, error) {
	var all []redact.Secret
	for _, path := range paths {
		secret, err := read(path)
		if err != nil {
			return nil, err
		}
		all = append(all, secret)
	}
	return all, nil
}

func read(path string) (redact.Secret, error) {
	f, err := os.Open(path)
	if err != nil {
		return redact.Secret{}, err
	}
	defer func() { _ = f.Close() }()
	data, err := io.ReadAll(io.LimitReader(f, maxBytes+1))
	if err != nil {
		return redact.Secret{}, err
	}
	secret := redact.NewSecret(string(data))
	switch {
	case len(data) > maxBytes:
		return redact.Secret{}, fmt.Errorf("read %s: larger than %d bytes", path, maxBytes)
	case secret.IsZero():
		return redact.Secret{}, fmt.Errorf("read %s: %w", path, errEmpty)
	}
	return secret, nil
}

var errEmpty = errors.New("it is empty")
