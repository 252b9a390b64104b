package console

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"

	"github.com/otpworker/otpworker/worker/queue"
)

// batchesAPage is how many batches one page has: each that goes on costs some
// questions to the broker.
const batchesAPage = 20

func (p *Page) batchesPart() part {
	return part{name: "Batches", path: "/batches", handlers: map[string]handler{
		"GET /batches":              p.showBatches,
		"GET /batches/{id}":         p.showBatch,
		"POST /batches/{id}/pause":  p.action(p.moveBatch(queue.BatchPaused)),
		"POST /batches/{id}/resume": p.action(p.moveBatch(queue.BatchOpen)),
		"POST /batches/{id}/cancel": p.action(p.cancelBatch),
	}}
}

// A batchList is the data of the list.
type batchList struct {
	Rows []batchRow
	All  int
	// Newer and Older are the paths of the pages beside it, empty: there is none.
	Newer, Older string
}

// A batchRow is one batch, as a line. Trouble says why it could not be counted.
type batchRow struct {
	batchSight
	Trouble string
}

func (p *Page) showBatches(r *http.Request) answer {
	q, err := p.queue()
	if err != nil {
		return p.failed(err)
	}
	ctx, cancel := context.WithTimeout(r.Context(), actTime)
	defer cancel()
	all, err := q.Batches(ctx)
	if err != nil && !queue.NoBatches(err) {
		return p.failed(err)
	}
	slices.Reverse(all)
	page, _ := strconv.Atoi(r.URL.Query().Get("page"))
	page = max(1, min(page, (len(all)+batchesAPage-1)/batchesAPage))
	list := batchList{All: len(all)}
	first := (page - 1) * batchesAPage
	last := min(first+batchesAPage, len(all))
	for _, b := range all[first:last] {
		row := batchRow{}
		if row.batchSight, err = p.sights.of(ctx, q, b); err != nil {
			row.batchSight, row.Trouble = batchSight{BatchStatus: queue.BatchStatus{Batch: b}}, sentence(err)
		}
		list.Rows = append(list.Rows, row)
	}
	if page > 1 {
		list.Newer = batchesPath(page - 1)
	}
	if last < len(all) {
		list.Older = batchesPath(page + 1)
	}
	return answer{template: "batches", title: "Batches", data: list}
}

func batchesPath(page int) string {
	if page <= 1 {
		return "/batches"
	}
	return "/batches?page=" + strconv.Itoa(page)
}

// A batchPage is the data of one batch's page.
type batchPage struct {
	batchSight
	// Did says what was done just now.
	Did string
}

// dids are the words for what was done, by what stands in the path.
var dids = map[string]string{
	string(queue.BatchPaused):    "It is paused: within a second or two no worker sends more of it.",
	string(queue.BatchOpen):      "It goes on.",
	string(queue.BatchCancelled): "It is cancelled: each job that waits gets its result.",
}

func (p *Page) showBatch(r *http.Request) answer {
	q, b, refused := p.batchOf(r)
	if refused != nil {
		return *refused
	}
	sight, err := p.sights.of(r.Context(), q, b)
	if err != nil {
		return p.failed(err)
	}
	data := batchPage{batchSight: sight}
	if did := r.URL.Query().Get("did"); did == string(sight.State) {
		data.Did = dids[did]
	}
	return answer{template: "batch", title: "Batch " + b.ID, data: data}
}

// batchOf reads the batch that a path names.
func (p *Page) batchOf(r *http.Request) (*queue.Queue, queue.Batch, *answer) {
	q, err := p.queue()
	if err != nil {
		a := p.failed(err)
		return nil, queue.Batch{}, &a
	}
	b, err := q.Batch(r.Context(), r.PathValue("id"))
	if err != nil {
		a := p.batchFailed(err)
		return nil, queue.Batch{}, &a
	}
	return q, b, nil
}

func (p *Page) batchFailed(err error) answer {
	if errors.Is(err, queue.ErrNoBatch) || queue.NoBatches(err) {
		return answer{
			status: http.StatusNotFound, template: "message", title: "No such batch",
			data: message{Text: "There is no batch of this name, or it was over for more than three days.", Next: "/batches", Name: "Batches"},
		}
	}
	return p.failed(err)
}

func batchPath(id string) string { return "/batches/" + url.PathEscape(id) }
