package client

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"time"
)

// maxBody is far more than any answer of the provider needs.
const maxBody = 64 << 10

// call makes one request and returns the data of an accepting envelope. It
// goes to the transport directly: http.Client would add redirects and errors
// that quote the URL, and costs a fifth more CPU.
func (c *Client) call(ctx context.Context, op string, u *url.URL, body []byte) (json.RawMessage, error) {
	if err := c.enter(); err != nil {
		return nil, &NotSentError{Op: op, Err: err}
	}
	defer c.running.Done()
	ctx, cancel := context.WithTimeout(ctx, c.timeout)
	defer cancel()
	if err := ctx.Err(); err != nil {
		return nil, &NotSentError{Op: op, Err: err}
	}

	var w wire
	w.deadline, _ = ctx.Deadline()
	resp, err := c.transport.RoundTrip(c.request(w.trace(ctx), u, body))
	if err != nil {
		return nil, w.fault(ctx, op, err)
	}
	defer func() { _ = resp.Body.Close() }()
	return c.answer(ctx, op, resp)
}

// request has no GetBody: the transport would use it to send again.
func (c *Client) request(ctx context.Context, u *url.URL, body []byte) *http.Request {
	timestamp := strconv.FormatInt(c.clock.now().Unix(), 10)
	req := &http.Request{
		Method: http.MethodPost,
		URL:    u,
		Host:   u.Host,
		Header: http.Header{
			"Content-Type": {"application/json;charset=UTF-8"},
			"Sign":         {Sign(c.key, c.secret, timestamp)},
			"Timestamp":    {timestamp},
			"Api-Key":      {c.key.Reveal()},
			"User-Agent":   {"otpworker"},
		},
		Body:          io.NopCloser(bytes.NewReader(body)),
		ContentLength: int64(len(body)),
	}
	return req.WithContext(ctx)
}

// answer reads, judges and learns from one answer. A body that was read to its
// end leaves the connection to the next call; one that is too long costs it.
func (c *Client) answer(ctx context.Context, op string, resp *http.Response) (json.RawMessage, error) {
	a := answer{
		op:         op,
		httpStatus: resp.StatusCode,
		date:       resp.Header.Get("Date"),
		retryAfter: resp.Header.Get("Retry-After"),
		now:        time.Now(),
	}
	c.clock.observe(a.date, a.now)
	a.body, a.readErr = readBody(resp.Body)
	if a.readErr != nil {
		a.readErr = clean(ctx, a.readErr)
	}
	data, err := a.judge()
	if isTimestampExpired(err) {
		c.clock.apply()
	}
	return data, err
}

func readBody(r io.Reader) ([]byte, error) {
	body, err := io.ReadAll(io.LimitReader(r, maxBody+1))
	if err != nil {
		return nil, err
	}
	if len(body) > maxBody {
		return nil, errTooLong
	}
	return body, nil
}
