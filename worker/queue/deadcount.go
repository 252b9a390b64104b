package queue

import (
	"context"
	"strings"

	"github.com/otpworker/otpworker/schema"
)

// DeadByReason counts the dead letters, with one question to the broker.
func (q *Queue) DeadByReason(ctx context.Context) (map[string]uint64, error) {
	bySubject, err := q.subjectsOf(ctx, schema.StreamDead, schema.DeadSubjects)
	if err != nil {
		return nil, err
	}
	prefix := strings.TrimSuffix(schema.DeadSubjects, ">")
	letters := make(map[string]uint64, len(bySubject))
	for subject, n := range bySubject {
		letters[strings.TrimPrefix(subject, prefix)] = n
	}
	return letters, nil
}
