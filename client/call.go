package client

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"time"
)

const (
	// maxBody is far more than any answer about one thing needs.
	maxBody = 64 << 10
	// maxListBody has room for maxItems entries of the longest kind.
	maxListBody = 8 << 20
)

// call makes one request and returns the data of an accepting envelope. What
// http.Client and its transport would add (redirects, cookies, proxies, a second
// try) is what a request that carries a code must not have.
func (c *Client) call(ctx context.Context, x exchange) (json.RawMessage, error) {
	if err := c.enter(); err != nil {
		return nil, &NotSentError{Op: x.op, Err: err}
	}
	defer c.running.Done()
	ctx, cancel := c.limit(ctx)
	defer cancel()
	if err := ctx.Err(); err != nil {
		return nil, &NotSentError{Op: x.op, Err: err}
	}
	x.extra = c.extra(ctx)
	k, err := c.ask(ctx, x)
	if err != nil {
		return nil, err
	}
	return c.hear(ctx, x, k)
}

// limit gives the call its deadline. A context that ends in time anyway is left
// as it is: another timer would cost a hundredth of a send.
func (c *Client) limit(ctx context.Context) (context.Context, context.CancelFunc) {
	by := time.Now().Add(c.timeout)
	if d, ok := ctx.Deadline(); ok && !by.Before(d) {
		return ctx, func() {}
	}
	return context.WithDeadline(ctx, by)
}

// ask writes the request to a kept connection, or to a new one. A kept one that
// was dead before it took a byte says nothing about the provider: the next is
// taken.
//
// Failure policy: "not sent" needs proof, zero bytes written. One byte more
// and the outcome is unknown: a call too many to the record query is cheap, a
// second message to a phone is not.
func (c *Client) ask(ctx context.Context, x exchange) (*conn, error) {
	by, _ := ctx.Deadline()
	for {
		k := c.pool.take()
		kept := k != nil
		if !kept {
			var err error
			if k, err = c.dial(ctx); err != nil {
				return nil, &NotSentError{Op: x.op, Err: ended(ctx, err)}
			}
		}
		k.request = c.appendRequest(k.request[:0], x)
		k.watch(ctx)
		written, err := k.write(k.request, by)
		if err == nil {
			return k, nil
		}
		k.drop()
		if written > 0 {
			return nil, &UnknownError{Op: x.op, Err: clean(ctx, err)}
		}
		if kept && ctx.Err() == nil && !past(by) {
			continue
		}
		return nil, &NotSentError{Op: x.op, Err: clean(ctx, err)}
	}
}

// hear reads the answer and keeps the connection if it can serve another call.
func (c *Client) hear(ctx context.Context, x exchange, k *conn) (json.RawMessage, error) {
	resp, err := k.read(methods[x.method]) //nolint:bodyclose // the connection is kept or closed below
	if err != nil {
		k.drop()
		return nil, &UnknownError{Op: x.op, Err: clean(ctx, err)}
	}
	data, whole, err := c.answer(ctx, x, resp)
	if whole && !resp.Close && resp.StatusCode != http.StatusSwitchingProtocols && k.unwatch() {
		c.pool.put(k)
	} else {
		k.drop()
	}
	return data, err
}

// methods are what reading an answer depends on.
var methods = map[string]*http.Request{
	http.MethodGet:  {Method: http.MethodGet},
	http.MethodPost: {Method: http.MethodPost},
	http.MethodPut:  {Method: http.MethodPut},
}

// answer judges and learns from one answer. One that was read to its end leaves
// the connection to the next call; one that is too long costs it.
func (c *Client) answer(ctx context.Context, x exchange, resp *http.Response) (data json.RawMessage, whole bool, err error) {
	a := answer{
		op:         x.op,
		flat:       x.flat,
		httpStatus: resp.StatusCode,
		date:       resp.Header.Get("Date"),
		retryAfter: resp.Header.Get("Retry-After"),
		now:        time.Now(),
	}
	c.clock.observe(a.date, a.now)
	a.body, a.readErr = readBody(resp, cmp.Or(x.limit, maxBody))
	if a.readErr != nil {
		a.readErr = clean(ctx, a.readErr)
	}
	data, err = a.judge()
	if isTimestampExpired(err) {
		c.clock.apply()
	}
	return data, a.readErr == nil, err
}

func readBody(resp *http.Response, limit int) ([]byte, error) {
	if n := resp.ContentLength; n >= 0 && n <= int64(limit) {
		body := make([]byte, n)
		_, err := io.ReadFull(resp.Body, body)
		return body, err
	}
	body, err := io.ReadAll(io.LimitReader(resp.Body, int64(limit)+1))
	if err != nil {
		return nil, err
	}
	if len(body) > limit {
		return nil, fmt.Errorf("%w than %d KiB", errTooLong, limit>>10)
	}
	return body, nil
}
