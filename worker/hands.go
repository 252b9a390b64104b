package worker

import "sync"

// hands are the goroutines that handle jobs. One that has ended its job takes the
// next: a new one for each job would have to grow its stack anew, which costs a
// tenth of a worker's time. There are about as many as jobs were ever in hand at
// once.
type hands struct {
	todo chan func()
	jobs sync.WaitGroup
	all  sync.WaitGroup
}

func newHands() *hands { return &hands{todo: make(chan func())} }

// take has a job done, at once.
func (h *hands) take(job func()) {
	h.jobs.Add(1)
	select {
	case h.todo <- job:
	default:
		h.all.Go(func() {
			h.do(job)
			for job := range h.todo {
				h.do(job)
			}
		})
	}
}

func (h *hands) do(job func()) {
	defer h.jobs.Done()
	job()
}

// end waits for the jobs and ends the goroutines. No job may come any more.
func (h *hands) end() {
	h.jobs.Wait()
	close(h.todo)
	h.all.Wait()
}
