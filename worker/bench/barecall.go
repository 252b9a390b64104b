package bench

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"sync"
	"time"

	"github.com/otpworker/otpworker/client"
	"github.com/otpworker/otpworker/client/sandbox"
	"github.com/otpworker/otpworker/schema/redact"
)

// bareCaller sends with http.Client: a connection for each slot is kept, bodies
// and answers go through pooled buffers.
type bareCaller struct {
	http        *http.Client
	transport   *http.Transport
	url         string
	key, secret redact.Secret
	buffers     sync.Pool
}

func newBareCaller(provider string, slots int) *bareCaller {
	transport := &http.Transport{
		MaxIdleConns: slots, MaxIdleConnsPerHost: slots, IdleConnTimeout: 90 * time.Second, DisableCompression: true,
	}
	return &bareCaller{
		http: &http.Client{Transport: transport, Timeout: bareTimeout}, transport: transport,
		url: provider + "/verification/sendRule",
		key: redact.NewSecret(sandbox.DefaultKey), secret: redact.NewSecret(sandbox.DefaultSecret),
		buffers: sync.Pool{New: func() any { return new(bytes.Buffer) }},
	}
}

func (c *bareCaller) close() { c.transport.CloseIdleConnections() }

type bareSend struct {
	AppID      string `json:"appId"`
	TemplateID int64  `json:"templateId,omitempty"`
	Code       string `json:"code"`
	To         string `json:"to"`
	Channel    string `json:"channel,omitempty"`
	OrderID    string `json:"orderId"`
}

type bareAnswer struct {
	Status string `json:"status"`
	Data   struct {
		VerificationID string `json:"verificationId"`
		Channel        string `json:"channel"`
	} `json:"data"`
}

// send makes one request. A buffer of a request that failed may still be
// written from, and goes to nobody else.
func (c *bareCaller) send(ctx context.Context, job *bareJob) (bareAnswer, error) {
	body := c.buffers.Get().(*bytes.Buffer)
	body.Reset()
	order := job.OrderID
	if order == "" {
		order = job.ID
	}
	if err := json.NewEncoder(body).Encode(bareSend{
		AppID: job.AppID, TemplateID: job.TemplateID, Code: job.Code, To: job.To, Channel: job.Channel, OrderID: order,
	}); err != nil {
		return bareAnswer{}, err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, c.url, bytes.NewReader(body.Bytes()))
	if err != nil {
		return bareAnswer{}, err
	}
	timestamp := strconv.FormatInt(time.Now().Unix(), 10)
	req.Header = http.Header{
		"Content-Type": {"application/json;charset=UTF-8"}, "Api-Key": {c.key.Reveal()},
		"Timestamp": {timestamp}, "Sign": {client.Sign(c.key, c.secret, timestamp)}, "User-Agent": {"bare"},
	}
	resp, err := c.http.Do(req)
	if err != nil {
		return bareAnswer{}, err
	}
	defer func() { _ = resp.Body.Close() }()
	return c.read(resp, body)
}

// read takes the answer into the buffer of its request, which is sent.
func (c *bareCaller) read(resp *http.Response, buf *bytes.Buffer) (answer bareAnswer, err error) {
	buf.Reset()
	if _, err := buf.ReadFrom(resp.Body); err != nil {
		return answer, err
	}
	if err := json.Unmarshal(buf.Bytes(), &answer); err != nil {
		return answer, err
	}
	c.buffers.Put(buf)
	if resp.StatusCode != http.StatusOK || answer.Status != "0" {
		return answer, fmt.Errorf("refused: %s %s", resp.Status, answer.Status)
	}
	return answer, nil
}
