package bench

import (
	"context"
	"time"
)

// A meter holds what was used when the measured time began.
type meter struct {
	stage      *stage
	began      time.Time
	contenders []Usage
	nats, box  Usage
	own        Usage
	machine    time.Duration
	known      bool // of machine
}

// begin starts the contenders on the jobs. It is the start of the measured time.
func (s *stage) begin(ctx context.Context) (*meter, error) {
	m := &meter{stage: s, began: time.Now()}
	for _, p := range []struct {
		process *process
		usage   *Usage
	}{{s.nats, &m.nats}, {s.box, &m.box}} {
		if p.process == nil {
			continue
		}
		a, err := p.process.ask(ctx, request{Do: doGo})
		if err != nil {
			return nil, err
		}
		*p.usage = a.Usage
	}
	var err error
	if m.own, err = used(); err != nil {
		return nil, err
	}
	m.machine, m.known = machineCPU()
	for _, p := range s.contenders {
		a, err := p.ask(ctx, request{Do: doGo})
		if err != nil {
			return nil, err
		}
		m.contenders = append(m.contenders, a.Usage)
	}
	return m, nil
}

// end ends the contenders first: what they still have to write is theirs too.
// NATS and the provider go on.
func (m *meter) end(ctx context.Context, jobs int) (u Use, err error) {
	total := time.Duration(0)
	for i, p := range m.stage.contenders {
		last, err := p.stop(ctx)
		if err != nil {
			return u, err
		}
		u.Contender = u.Contender.and(cost(m.contenders[i], last, jobs))
		total += last.CPU - m.contenders[i].CPU
	}
	m.stage.contenders = nil
	box, err := m.stage.box.ask(ctx, request{Do: doUsage})
	if err != nil {
		return u, err
	}
	u.Sandbox = cost(m.box, box.Usage, jobs)
	total += box.Usage.CPU - m.box.CPU
	if nats := m.stage.nats; nats != nil {
		a, err := nats.ask(ctx, request{Do: doUsage})
		if err != nil {
			return u, err
		}
		c := cost(m.nats, a.Usage, jobs)
		u.NATS = &c
		total += a.Usage.CPU - m.nats.CPU
	}
	own, err := used()
	if err != nil {
		return u, err
	}
	total += own.CPU - m.own.CPU
	if machine, ok := machineCPU(); ok && m.known {
		foreign := max(0, (machine-m.machine-total).Seconds()/time.Since(m.began).Seconds())
		u.Foreign = &foreign
	}
	return u, nil
}
