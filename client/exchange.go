package client

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
)

// exchange is one request, and how to take its answer.
type exchange struct {
	op     string
	method string
	url    *url.URL
	body   []byte // empty for GET
	extra  []byte // header lines of Config.Propagate

	by *account // who signs it; nil is the client's account

	limit int  // longest answer in bytes; 0 is maxBody
	flat  bool // the fields stand beside the status and not in data
}

// at returns the address of a path below the base URL. Ids in it were checked;
// they are escaped all the same.
func (c *Client) at(path ...string) *url.URL {
	for i := range path {
		path[i] = url.PathEscape(path[i])
	}
	return c.base.JoinPath(path...)
}

// balanceURL is at the root of the host: the OTP API has no balance of its own.
func (c *Client) balanceURL() *url.URL {
	return &url.URL{Scheme: c.base.Scheme, Host: c.base.Host, Path: "/sms/getBalance"}
}

// get reads one thing.
func (c *Client) get(ctx context.Context, op string, u *url.URL) (json.RawMessage, error) {
	return c.call(ctx, exchange{op: op, method: http.MethodGet, url: u})
}

// getList reads a list of things.
func (c *Client) getList(ctx context.Context, op string, u *url.URL) (json.RawMessage, error) {
	return c.call(ctx, exchange{op: op, method: http.MethodGet, url: u, limit: maxListBody})
}

func (c *Client) post(ctx context.Context, op string, u *url.URL, body any) (json.RawMessage, error) {
	return c.write(ctx, exchange{op: op, method: http.MethodPost, url: u}, body)
}

func (c *Client) put(ctx context.Context, op string, u *url.URL, body any) (json.RawMessage, error) {
	return c.write(ctx, exchange{op: op, method: http.MethodPut, url: u}, body)
}

func (c *Client) write(ctx context.Context, x exchange, body any) (json.RawMessage, error) {
	var err error
	if x.body, err = json.Marshal(body); err != nil {
		return nil, &NotSentError{Op: x.op, Err: err}
	}
	return c.call(ctx, x)
}
