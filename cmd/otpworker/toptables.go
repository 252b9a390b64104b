package main

import (
	"fmt"
	"strings"
	"time"
	"unicode"

	"github.com/otpworker/otpworker/schema"
)

func (v topView) backlog() []string {
	lines := []string{fmt.Sprintf("%-12s %9s %9s %11s %9s %9s", "QUEUE", "JOBS", "APPS", "OLDEST", "SLOTS", "IN HAND")}
	for _, lane := range schema.Lanes() {
		l := v.Lanes[lane]
		slots, inHand := 0, 0
		for _, w := range v.Workers {
			slots, inHand = slots+w.Lanes[lane].Slots, inHand+w.Lanes[lane].Taken+w.Lanes[lane].Settling
		}
		oldest := "-"
		if !l.OldestAt.IsZero() {
			oldest = ms(max(0, v.At.Sub(l.OldestAt).Milliseconds()))
		}
		lines = append(lines, fmt.Sprintf("%-12s %9d %9d %11s %9d %9d", lane, l.Jobs, l.Queues, oldest, slots, inHand))
	}
	dead := fmt.Sprintf("%-12s %9d  ", "dead letters", v.DeadLetters)
	return append(lines, v.wrap(dead, byCount(v.Dead))...)
}

func (v topView) batches() []string {
	if len(v.Batches) == 0 {
		return nil
	}
	lines := []string{fmt.Sprintf("%-16s %-12s %-9s %5s %9s %9s %9s", "BATCHES", "APP", "STATE", "DONE", "ROWS", "WAITING", "SENT")}
	for _, b := range v.Batches {
		var answered uint64
		for _, n := range b.Counts {
			answered += n
		}
		state := string(b.State)
		if b.Cancelled {
			state = "cancelled"
		}
		done := min(100, 100*answered/max(1, b.Rows))
		lines = append(lines, fmt.Sprintf("%-16s %-12s %-9s %3d %% %9d %9d %9d", cut(b.ID, 16), cut(b.AppID, 12), state, done, b.Rows, b.Waiting, b.Counts[schema.OutcomeSent]))
	}
	if v.MoreBatches > 0 {
		lines = append(lines, fmt.Sprintf("and %d more: otpworker batch ls", v.MoreBatches))
	}
	return lines
}

func (v topView) fleet() []string {
	lines := []string{fmt.Sprintf("%-20s %-14s %-8s %6s %9s %9s", "WORKERS", "VERSION", "STATE", "UP", "IN HAND", "ANSWERED")}
	for _, w := range v.Workers {
		line := fmt.Sprintf("%-20s %-14s %-8s %6s %9s %9s", cut(w.Worker, 20), cut(w.Version, 14), w.State,
			age(time.Duration(w.UptimeMS)*time.Millisecond), fmt.Sprintf("%d/%d", w.InHand, w.Slots()), rate(w.LastMinute.Results()))
		lines = append(lines, line)
		if trouble := w.Trouble(ms); len(trouble) > 0 {
			lines = append(lines, v.wrap(indent, trouble)...)
		}
	}
	if len(v.Workers) == 0 {
		lines = append(lines, "none answers: is one running, and of this version?")
	}
	return lines
}

// results is how many results the fleet had in each second of five minutes.
func (v topView) results() []uint64 {
	s := v.Throughput()
	sum := make([]uint64, len(s.Sent))
	for _, column := range [][]uint32{s.Sent, s.Rejected, s.Expired, s.Unknown, s.Invalid} {
		for i, n := range column {
			sum[i] += uint64(n)
		}
	}
	return sum
}

// spark draws values as so many bars, the highest as high as a line.
func spark(values []uint64, bars int) string {
	const levels = "▁▂▃▄▅▆▇█"
	bars = min(bars, len(values), 60)
	if bars <= 0 {
		return ""
	}
	heights := make([]uint64, bars)
	var most uint64
	for i := range heights {
		for _, n := range values[i*len(values)/bars : (i+1)*len(values)/bars] {
			heights[i] += n
		}
		most = max(most, heights[i])
	}
	var b strings.Builder
	for _, h := range heights {
		level := 0
		if h > 0 { // more than nothing is seen to be so
			level = int(1 + h*6/most)
		}
		b.WriteRune([]rune(levels)[level])
	}
	return b.String()
}

// cut shortens a line to so many characters.
func cut(line string, columns int) string {
	runes := []rune(line)
	if len(runes) <= columns {
		return strings.TrimRight(line, " ")
	}
	return string(runes[:max(0, columns)])
}

// plain takes out what a terminal would obey: names come over the network.
func plain(line string) string {
	return strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return '?'
		}
		return r
	}, line)
}
