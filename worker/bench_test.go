package worker

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/otpworker/otpworker/client"
)

func BenchmarkClassify(b *testing.B) {
	table := newTable(nil)
	for name, err := range map[string]error{
		"accepted": nil,
		"refused":  &client.RefusedError{Status: "-28"},
		"unknown":  &client.UnknownError{Err: context.DeadlineExceeded},
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				table.classify(err)
			}
		})
	}
}

func BenchmarkDecide(b *testing.B) {
	s := situation{
		now: decideNow, expiresAt: decideNow.Add(time.Minute), usual: 400 * time.Millisecond,
		backoff: 2 * time.Second, askAfter: decideNow.Add(18 * time.Second),
	}
	for _, status := range []string{"0", "-27", "-18"} {
		b.Run(status, func(b *testing.B) {
			b.ReportAllocs()
			v := rowVerdict(newTable(nil).rule(status))
			for b.Loop() {
				decide(v, s)
			}
		})
	}
}

func BenchmarkScheduleDelay(b *testing.B) {
	s := defaultSchedule(0.25)
	for _, attempt := range []int{1, 8, 32} {
		b.Run(fmt.Sprint(attempt), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				s.delay(attempt)
			}
		})
	}
}

func BenchmarkSituation(b *testing.B) {
	cfg := DefaultConfig()
	w := &Worker{
		cfg: cfg, holds: newHolds(cfg, func(Event) {}),
		schedule: schedule{initial: cfg.RetryInitial, max: cfg.RetryMax, jitter: cfg.RetryJitter},
	}
	d := &delivery{expiresAt: time.Now().Add(time.Hour)}
	b.ReportAllocs()
	for b.Loop() {
		w.situation(d)
	}
}

func BenchmarkPermit(b *testing.B) {
	h := newHolds(DefaultConfig(), func(Event) {})
	b.ReportAllocs()
	for b.Loop() {
		h.call(vAccepted)
	}
}
