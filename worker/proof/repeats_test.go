//go:build unix

package proof_test

import (
	"bufio"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// onTheWay is how long a delivery may be on its way while the ack of an earlier
// one is confirmed.
const onTheWay = time.Second

// An ackLog is what the workers' logs say of acks that the broker confirmed and
// of deliveries. A job that comes back after its ack was confirmed is one that
// the broker promised to forget.
type ackLog struct {
	confirmed, taken map[string]time.Time
}

func readAckLog(dir string) (ackLog, error) {
	l := ackLog{confirmed: map[string]time.Time{}, taken: map[string]time.Time{}}
	logs, err := filepath.Glob(filepath.Join(dir, "w*.log"))
	if err != nil {
		return l, err
	}
	for _, path := range logs {
		if err := l.read(path); err != nil {
			return l, err
		}
	}
	return l, nil
}

func (l ackLog) read(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }()
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		l.add(lines.Text())
	}
	return lines.Err()
}

// add keeps the first confirmation and the last delivery of each job.
func (l ackLog) add(line string) {
	ack, taken := strings.Contains(line, ` msg="ack confirmed" `), strings.Contains(line, " msg=taken ")
	if !ack && !taken {
		return
	}
	var at time.Time
	var id string
	for word := range strings.FieldsSeq(line) {
		if text, ok := strings.CutPrefix(word, "time="); ok {
			at, _ = time.Parse(time.RFC3339Nano, text)
		}
		if text, ok := strings.CutPrefix(word, "job_id="); ok {
			id = text
		}
	}
	if first, known := l.confirmed[id]; ack && (!known || at.Before(first)) {
		l.confirmed[id] = at
	}
	if taken && at.After(l.taken[id]) {
		l.taken[id] = at
	}
}

// repeats are the jobs that were given out after their ack was confirmed.
func (l ackLog) repeats() (ids []string) {
	for id, confirmed := range l.confirmed {
		if l.taken[id].After(confirmed.Add(onTheWay)) {
			ids = append(ids, id)
		}
	}
	return ids
}

func TestAckLog(t *testing.T) {
	l := ackLog{confirmed: map[string]time.Time{}, taken: map[string]time.Time{}}
	for _, line := range []string{
		`time=2026-11-21T10:00:00.000Z level=DEBUG msg=taken job_id=good delivery=1`,
		`time=2026-11-21T10:00:01.000Z level=DEBUG msg="ack confirmed" job_id=good`,
		`time=2026-11-21T10:00:01.500Z level=DEBUG msg=taken job_id=good delivery=2`,
		`time=2026-11-21T10:00:02.000Z level=DEBUG msg="ack confirmed" job_id=back`,
		`time=2026-11-21T10:00:09.000Z level=DEBUG msg=taken job_id=back delivery=2`,
		`time=2026-11-21T10:00:10.000Z level=DEBUG msg="ack confirmed" job_id=back`,
		`time=2026-11-21T10:00:11.000Z level=DEBUG msg=taken job_id=never delivery=2`,
		`time=2026-11-21T10:00:12.000Z level=INFO msg=result job_id=good`,
	} {
		l.add(line)
	}
	if ids := l.repeats(); len(ids) != 1 || ids[0] != "back" {
		t.Errorf("repeats %v, want back", ids)
	}
}
