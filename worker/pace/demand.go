package pace

import (
	"slices"
	"time"
)

// maxWant bounds what one claim may be about.
const maxWant = 1 << 20

// A demand is all that is wanted, those first who wait longest, and the supplies
// that it is wanted of.
type demand struct {
	wants    []*want
	account  *supply
	supplies []*supply
	of       map[wanter]*want
}

type wanter struct {
	group *group
	class int
}

// demand adds up who waits for what and what will be asked for soon. p.mu is
// held.
func (p *Pacer) demand(local time.Duration, stock func(*scope) *supply) *demand {
	d := &demand{of: map[wanter]*want{}}
	if p.account != nil {
		d.account = stock(p.account)
		d.supplies = append(d.supplies, d.account)
	}
	for class, line := range p.waiters {
		for _, w := range line {
			if p.account == nil && w.scope == nil {
				continue // it waits for the end of a pause only
			}
			one := d.want(wanter{w.group, class}, stock)
			one.waiting = min(one.waiting+w.counts(), maxWant)
		}
	}
	p.foresee(d, local, p.others, stock)
	for _, g := range p.apps {
		p.foresee(d, local, g, stock)
	}
	d.wants = slices.DeleteFunc(d.wants, func(w *want) bool { return w.total == 0 })
	return d
}

// want is the want of a group and class.
func (d *demand) want(key wanter, stock func(*scope) *supply) *want {
	if w := d.of[key]; w != nil {
		return w
	}
	w := &want{first: key.class == interactive}
	if s := key.group.scope; s != nil {
		if other := d.of[wanter{key.group, 1 - key.class}]; other != nil {
			w.app = other.app
		} else {
			w.app = stock(s)
			d.supplies = append(d.supplies, w.app)
		}
	}
	d.of[key] = w
	d.wants = append(d.wants, w)
	return w
}

// foresee adds what a group's recent calls let expect.
func (p *Pacer) foresee(d *demand, local time.Duration, g *group, stock func(*scope) *supply) {
	for class := range g.recent {
		soon := g.recent[class].expected(local)
		w := d.of[wanter{g, class}]
		switch {
		case g.scope == nil && d.account == nil:
			continue // nothing limits them
		case w == nil && soon == 0:
			continue
		case w == nil:
			w = d.want(wanter{g, class}, stock)
		}
		w.soon, w.total = soon, min((w.waiting+soon)*(1+p.bucket.crowd/2), maxWant)
	}
}

// mark notes how many tokens of each scope are few: a quarter of what will be
// asked for soon.
func (d *demand) mark() {
	for _, s := range d.supplies {
		s.low = 0
	}
	for _, w := range d.wants {
		if d.account != nil {
			d.account.low += w.soon
		}
		if w.app != nil {
			w.app.low += w.soon
		}
	}
	for _, s := range d.supplies {
		s.low = (s.low + 3) / 4
	}
}
