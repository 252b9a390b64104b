package worker_test

import (
	"fmt"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/otpworker/otpworker/schema"
)

// A director runs the processes of a model and decides on their fates.
type director struct {
	model model
	world *world

	mu              sync.Mutex
	rand            *rand.Rand
	fates           []bool // true is a freeze
	started         int
	crashed, frozen int
	resting         bool
}

func (d *director) direct() {
	d.drawFates()
	chance := rand.New(rand.NewPCG(d.model.seed, 3)) // whatever the processes do
	jobs := d.draw(chance)
	first := len(jobs) * 7 / 10
	d.wake()
	d.produce(chance, jobs[:first])
	d.world.emptied(time.Hour)
	d.rest()
	// The broker remembers ids for ten minutes, and those of results too.
	time.Sleep(11 * time.Minute)
	var again []modelJob
	for _, j := range jobs[:first] {
		if j.repeated {
			again = append(again, j)
		}
	}
	d.wake()
	d.produce(chance, mixed(chance, again, jobs[first:]))
	d.world.emptied(time.Hour)
	d.rest()
}

// drawFates deals out crashes and freezes in a random order.
func (d *director) drawFates() {
	d.fates = make([]bool, d.model.crashes+d.model.freezes)
	for i := range d.model.freezes {
		d.fates[i] = true
	}
	d.rand.Shuffle(len(d.fates), func(i, j int) { d.fates[i], d.fates[j] = d.fates[j], d.fates[i] })
}

func (d *director) setResting(resting bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.resting = resting
}

// wake starts the processes.
func (d *director) wake() {
	d.setResting(false)
	for range d.model.processes {
		d.start(0)
	}
}

// rest stops the processes softly, which a frozen one cannot be. Whoever was
// about to start has seen in that time that none may.
func (d *director) rest() {
	d.setResting(true)
	time.Sleep(frozen)
	for _, p := range d.world.all() {
		p.stop()
	}
}

// start starts a process after a pause.
func (d *director) start(pause time.Duration) {
	time.AfterFunc(pause, func() {
		d.mu.Lock()
		resting := d.resting
		d.started++
		name := fmt.Sprintf("w%d", d.started)
		d.mu.Unlock()
		if !resting {
			d.arm(d.world.start(name))
		}
	})
}

// arm lets one of the next effects of a process be its fate's. A job has five
// effects or more: with this spread the fates run out before the jobs do, and
// few jobs are in hand at so many crashes in a row that they pass for poison.
func (d *director) arm(p *process) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if len(d.fates) == 0 {
		return
	}
	spread := 9 * d.model.jobs / (d.model.crashes + d.model.freezes)
	after := d.rand.IntN(2) == 0
	if d.model.at != "" {
		spread, after = spread/9, false
	}
	p.gate.arm(&trap{on: d.model.at, left: 1 + d.rand.IntN(spread), after: after, spring: func() { d.strike(p) }})
}

// strike is the next fate.
func (d *director) strike(p *process) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if len(d.fates) == 0 || d.resting {
		return
	}
	freeze := d.fates[0]
	d.fates = d.fates[1:]
	if freeze {
		d.frozen++
		p.freeze(frozen)
		time.AfterFunc(frozen, func() { d.arm(p) })
		return
	}
	d.crashed++
	p.kill()
	d.start(time.Duration(d.rand.Int64N(int64(3 * time.Second))))
}

// A modelJob is a job and when it is published.
type modelJob struct {
	job      schema.Job
	lane     schema.Lane
	repeated bool
}

// draw makes the jobs. Most codes live for five minutes, one in twenty for less
// than an AckWait; those that will be published again carry when they were
// made, and half of them live on until then.
func (d *director) draw(chance *rand.Rand) []modelJob {
	jobs := make([]modelJob, d.model.jobs)
	for i := range jobs {
		j := modelJob{job: job(fmt.Sprintf("s%d-%d", d.model.seed, i), d.model.number(i)), lane: schema.Lanes()[chance.IntN(2)]}
		if j.job.TTLSeconds = d.model.ttl; chance.IntN(20) == 0 {
			j.job.TTLSeconds = 5 + chance.IntN(30)
		}
		if j.repeated = chance.IntN(1000) < d.model.repeats*10/7; j.repeated && chance.IntN(2) == 0 {
			j.job.TTLSeconds = 3600
		}
		jobs[i] = j
	}
	return jobs
}

// mixed shuffles the repeated jobs into the others.
func mixed(chance *rand.Rand, again, others []modelJob) []modelJob {
	all := append(append([]modelJob(nil), again...), others...)
	chance.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
	return all
}

// produce publishes jobs in bursts of up to 40, eight a second on average.
func (d *director) produce(chance *rand.Rand, jobs []modelJob) {
	for len(jobs) > 0 {
		burst := min(1+chance.IntN(40), len(jobs))
		for i := range jobs[:burst] {
			j := &jobs[i]
			if j.repeated && j.job.CreatedAt.IsZero() {
				j.job.CreatedAt = time.Now()
			}
			d.world.enqueue(j.lane, j.job.AppID, j.job)
		}
		jobs = jobs[burst:]
		time.Sleep(time.Duration(burst) * 120 * time.Millisecond)
	}
}
