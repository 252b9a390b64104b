package client

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"time"
)

const (
	// maxBody is far more than any answer about one thing needs.
	maxBody = 64 << 10
	// maxListBody has room for maxItems entries of the longest kind.
	maxListBody = 8 << 20
)

// call makes one request and returns the data of an accepting envelope. It
// goes to the transport directly: http.Client would add redirects and errors
// that quote the URL, and costs a fifth more CPU.
func (c *Client) call(ctx context.Context, x exchange) (json.RawMessage, error) {
	if err := c.enter(); err != nil {
		return nil, &NotSentError{Op: x.op, Err: err}
	}
	defer c.running.Done()
	ctx, cancel := context.WithTimeout(ctx, c.timeout)
	defer cancel()
	if err := ctx.Err(); err != nil {
		return nil, &NotSentError{Op: x.op, Err: err}
	}

	var w wire
	w.deadline, _ = ctx.Deadline()
	resp, err := c.transport.RoundTrip(c.request(w.trace(ctx), x))
	if err != nil {
		return nil, w.fault(ctx, x.op, err)
	}
	defer func() { _ = resp.Body.Close() }()
	return c.answer(ctx, x, resp)
}

// request has no GetBody: the transport would use it to send again. For the
// same reason a GET has a body too, which is empty and leaves no trace on the
// wire: without one the transport repeats it when a kept connection breaks.
func (c *Client) request(ctx context.Context, x exchange) *http.Request {
	timestamp := strconv.FormatInt(c.clock.now().Unix(), 10)
	req := &http.Request{
		Method: x.method,
		URL:    x.url,
		Host:   x.url.Host,
		Header: http.Header{
			"Content-Type": {"application/json;charset=UTF-8"},
			"Sign":         {Sign(c.key, c.secret, timestamp)},
			"Timestamp":    {timestamp},
			"Api-Key":      {c.key.Reveal()},
			"User-Agent":   {"otpworker"},
		},
		Body:          io.NopCloser(bytes.NewReader(x.body)),
		ContentLength: int64(len(x.body)),
	}
	if len(x.body) == 0 {
		req.TransferEncoding = []string{"identity"} // neither chunks nor a length
	}
	return req.WithContext(ctx)
}

// answer reads, judges and learns from one answer. A body that was read to its
// end leaves the connection to the next call; one that is too long costs it.
func (c *Client) answer(ctx context.Context, x exchange, resp *http.Response) (json.RawMessage, error) {
	a := answer{
		op:         x.op,
		flat:       x.flat,
		httpStatus: resp.StatusCode,
		date:       resp.Header.Get("Date"),
		retryAfter: resp.Header.Get("Retry-After"),
		now:        time.Now(),
	}
	c.clock.observe(a.date, a.now)
	a.body, a.readErr = readBody(resp.Body, cmp.Or(x.limit, maxBody))
	if a.readErr != nil {
		a.readErr = clean(ctx, a.readErr)
	}
	data, err := a.judge()
	if isTimestampExpired(err) {
		c.clock.apply()
	}
	return data, err
}

func readBody(r io.Reader, limit int) ([]byte, error) {
	body, err := io.ReadAll(io.LimitReader(r, int64(limit)+1))
	if err != nil {
		return nil, err
	}
	if len(body) > limit {
		return nil, fmt.Errorf("%w than %d KiB", errTooLong, limit>>10)
	}
	return body, nil
}
