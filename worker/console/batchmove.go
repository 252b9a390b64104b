package console

import (
	"errors"
	"net/http"
	"net/url"

	"github.com/otpworker/otpworker/worker/queue"
)

// moveBatch pauses or resumes a batch.
func (p *Page) moveBatch(to queue.BatchState) handler {
	return func(r *http.Request) answer {
		q, err := p.queue()
		if err != nil {
			return p.failed(err)
		}
		b, err := q.ChangeBatch(r.Context(), r.PathValue("id"), func(b *queue.Batch) error { return b.Move(to) })
		if err != nil {
			return p.moveFailed(b, err)
		}
		p.cfg.Log.Info("batch changed on the page", "batch_id", b.ID, "to", to, "from", placeOf(r).Addr())
		return answer{next: batchPath(b.ID) + "?did=" + url.QueryEscape(string(to))}
	}
}

// moveFailed says what is in the way. Another person, or the batch's own end, may
// have been faster.
func (p *Page) moveFailed(b queue.Batch, err error) answer {
	refusal := answer{
		status: http.StatusConflict, template: "message", title: "Nothing was changed",
		data: message{Text: "Somebody else changes this batch at this moment. Look at it again.", Next: batchPath(b.ID), Name: "Batch " + b.ID},
	}
	switch {
	case errors.Is(err, queue.ErrBatchEnded):
		text := "Batch " + b.ID + " has finished already: each of its rows has its result."
		if b.State == queue.BatchCancelled {
			text = "Batch " + b.ID + " was cancelled already: nothing more of it is sent."
		}
		refusal.data = message{Text: text, Next: batchPath(b.ID), Name: "Batch " + b.ID}
		return refusal
	case errors.Is(err, queue.ErrBatchChanged):
		return refusal
	}
	return p.batchFailed(err)
}

// cancelBatch asks first, and does it when the question was answered.
func (p *Page) cancelBatch(r *http.Request) answer {
	if r.PostForm.Get("confirm") == "yes" {
		return p.moveBatch(queue.BatchCancelled)(r)
	}
	q, b, refused := p.batchOf(r)
	switch {
	case refused != nil:
		return *refused
	case b.Ended():
		return p.moveFailed(b, queue.ErrBatchEnded)
	}
	sight, err := p.sights.of(r.Context(), q, b)
	if err != nil {
		return p.failed(err)
	}
	return answer{template: "batchcancel", title: "Cancel batch " + b.ID + "?", data: sight}
}
