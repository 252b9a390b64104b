package console

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"time"

	"github.com/otpworker/otpworker/schema/redact"
	"github.com/otpworker/otpworker/worker/queue"
	"github.com/otpworker/otpworker/worker/stats"
)

// Config is what the page shows.
type Config struct {
	// Brief tells of this worker. It has to be set.
	Brief func() stats.Snapshot
	// Overview tells of the queue and all workers. It has to be set.
	Overview func(context.Context) (stats.Overview, error)
	// Queue is the connection, nil until there is one. It has to be set.
	Queue func() *queue.Queue
	// Token lets somebody in who may act. At least 16 characters; without one the
	// page is read-only.
	Token redact.Secret
	// Log is told who logs in and what is done. Defaults to nobody.
	Log *slog.Logger
	// Sandbox is that of a demo, whose inbox is shown and for which everybody may
	// send test jobs. Defaults to none.
	Sandbox *Sandbox
}

// MinToken is the least length of a token.
const MinToken = 16

var (
	errShortToken = errors.New("token: must be at least 16 characters")
	errReadOnly   = errors.New("token: the page was made without one")
	errNoQueue    = errors.New("the worker has no connection to the queue yet")
)

// A Page is the page. It is an [http.Handler] for all paths.
type Page struct {
	cfg      Config
	handler  http.Handler
	sessions *sessions
	tries    *tries
	history  *history
	recent   *recent
	barred   *barred
	reports  *reports
	sights   *sights
	stop     chan struct{}
	stopped  chan struct{}
}

// New makes the page and begins to sample what its plots show, until Close.
func New(cfg Config) (*Page, error) {
	if !cfg.Token.IsZero() && short(cfg.Token) {
		return nil, errShortToken
	}
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	p := &Page{
		cfg: cfg, sessions: newSessions(cfg.Token), tries: newTries(), history: newHistory(), recent: newRecent(), barred: newBarred(),
		reports: newReports(), sights: newSights(),
		stop: make(chan struct{}), stopped: make(chan struct{}),
	}
	p.handler = guarded(p.routes())
	go p.sample()
	return p, nil
}

// Close ends the sampling. Requests are answered after it too.
func (p *Page) Close() {
	close(p.stop)
	<-p.stopped
}

func (p *Page) ServeHTTP(w http.ResponseWriter, r *http.Request) { p.handler.ServeHTTP(w, r) }

// A part is an entry in the navigation and what is behind it.
type part struct {
	name, path string
	// handlers are those of the part, by their pattern.
	handlers map[string]handler
}

// parts are those that the page has, in the order of the navigation.
func (p *Page) parts() []part {
	all := []part{p.overviewPart(), p.jobsPart(), p.deadPart(), p.batchesPart()}
	if p.cfg.Sandbox != nil {
		all = append(all, p.sandboxPart())
	}
	return all
}

func (p *Page) routes() http.Handler {
	mux := http.NewServeMux()
	for _, part := range p.parts() {
		for pattern, h := range part.handlers {
			mux.Handle(pattern, p.serve(part, h))
		}
	}
	for pattern, h := range p.doorHandlers() {
		mux.Handle(pattern, p.serve(part{}, h))
	}
	mux.Handle("GET /assets/", http.HandlerFunc(serveAsset))
	mux.Handle("/", p.serve(part{}, notFound))
	return mux
}

// queue is the connection, or errNoQueue.
func (p *Page) queue() (*queue.Queue, error) {
	if q := p.cfg.Queue(); q != nil {
		return q, nil
	}
	return nil, errNoQueue
}

// sample looks at this worker once a second: that is cheap. The whole fleet is
// only asked when somebody looks.
func (p *Page) sample() {
	defer close(p.stopped)
	again := time.NewTicker(time.Second)
	defer again.Stop()
	for {
		p.history.add(sampleOf(p.cfg.Brief()))
		select {
		case <-again.C:
		case <-p.stop:
			return
		}
	}
}
