package batchfile

import (
	"math"
	"testing"
	"time"
)

func TestForecast(t *testing.T) {
	for name, c := range map[string]struct {
		f        Forecast
		lives    map[int]int
		lasts    time.Duration
		known    bool
		expiring int
	}{
		"no rate":            {f: Forecast{Rows: 1000}, lives: map[int]int{1: 1000}},
		"a million at 100/s": {f: Forecast{Rate: 100, Rows: 1_000_000, Ahead: 15_000}, lives: map[int]int{300: 1_000_000}, lasts: 10_000 * time.Second, known: true},
		"all at once": {
			f: Forecast{Rate: 100, Rows: 1_000_000}, lives: map[int]int{300: 1_000_000},
			lasts: 10_000 * time.Second, known: true, expiring: 1_000_000 - 30_000,
		},
		"behind others": {
			f: Forecast{Rate: 100, Queued: 10_000, Rows: 50_000}, lives: map[int]int{300: 50_000},
			lasts: 600 * time.Second, known: true, expiring: 30_000,
		},
		"behind too many": {
			f: Forecast{Rate: 100, Queued: 40_000, Rows: 5_000}, lives: map[int]int{300: 5_000},
			lasts: 450 * time.Second, known: true, expiring: 5_000,
		},
		"first ones behind others": {
			f: Forecast{Rate: 100, Queued: 40_000, Rows: 50_000, Ahead: 15_000}, lives: map[int]int{300: 50_000},
			lasts: 900 * time.Second, known: true, expiring: 15_000,
		},
		"too many ahead": {
			f: Forecast{Rate: 100, Rows: 50_000, Ahead: 40_000}, lives: map[int]int{300: 50_000},
			lasts: 500 * time.Second, known: true, expiring: 20_000,
		},
		"just in time": {
			f: Forecast{Rate: 100, Rows: 30_000}, lives: map[int]int{300: 30_000}, lasts: 300 * time.Second, known: true,
		},
		"two lives": {
			f: Forecast{Rate: 100, Rows: 40_000}, lives: map[int]int{300: 20_000, 100: 20_000},
			lasts: 400 * time.Second, known: true, expiring: 5_000 + 15_000,
		},
		"for ever": {f: Forecast{Rate: 1e-9, Rows: math.MaxInt32, Ahead: 1}, lives: map[int]int{300: 1}, lasts: longest, known: true, expiring: math.MaxInt32},
	} {
		lasts, known := c.f.Lasts()
		if lasts != c.lasts || known != c.known {
			t.Errorf("%s: lasts %v, %v", name, lasts, known)
		}
		if got := c.f.Expiring(c.lives); got != c.expiring {
			t.Errorf("%s: %d expire, want %d", name, got, c.expiring)
		}
	}
}

// What the formula says is what a queue does, row by row.
func TestForecastAgainstAQueue(t *testing.T) {
	for _, c := range []struct {
		queued, rows, ahead, life int
		rate                      float64
	}{
		{0, 500, 0, 10, 7}, {0, 500, 50, 10, 7}, {0, 500, 80, 10, 7}, {30, 500, 50, 10, 7}, {90, 500, 50, 10, 7},
		{0, 500, 600, 10, 7}, {30, 500, 500, 10, 7}, {0, 500, 70, 10, 7}, {0, 20, 50, 3, 7},
	} {
		late := 0
		for i := 1; i <= c.rows; i++ {
			turn := float64(c.queued+i) / c.rate
			published := 0.0
			if c.ahead > 0 && i > c.ahead {
				published = float64(c.queued+i-c.ahead) / c.rate
			}
			if turn-published > float64(c.life)+1e-9 {
				late++
			}
		}
		f := Forecast{Rate: c.rate, Queued: uint64(c.queued), Rows: c.rows, Ahead: c.ahead}
		if got := f.Expiring(map[int]int{c.life: c.rows}); got != late {
			t.Errorf("%+v: %d expire, a queue says %d", c, got, late)
		}
	}
}

func TestDefaultAhead(t *testing.T) {
	for _, c := range []struct {
		rate     float64
		shortest time.Duration
		want     int
	}{
		{0, 300 * time.Second, 50_000}, {100, 300 * time.Second, 15_000}, {0.001, time.Second, 1}, {1e18, time.Hour, math.MaxInt32},
	} {
		if got := DefaultAhead(c.rate, c.shortest); got != c.want {
			t.Errorf("%+v: %d", c, got)
		}
	}
}
