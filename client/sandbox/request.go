package sandbox

import (
	"encoding/json"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/otpworker/otpworker/client"
)

// maxRequest bounds what is read of a request.
const maxRequest = 64 << 10

// Statuses that a request earns before anything is looked up.
const (
	statusOK        = "0"
	statusAuth      = "-1"
	statusTimestamp = "-16"
	statusExists    = "-20"
	statusParameter = "-22"
)

// sendRequest is the body of sendRule. The types are strict, as documented:
// a number where a text belongs is a parameter fault.
type sendRequest struct {
	AppID      string `json:"appId"`
	TemplateID int64  `json:"templateId"`
	Code       string `json:"code"`
	FlowID     int64  `json:"flowId"`
	To         string `json:"to"`
	Channel    string `json:"channel"`
	OrderID    string `json:"orderId"`
}

// valid follows the provider page /api/otp/verificationSendRule.
func (r sendRequest) valid() bool {
	return validAppID(r.AppID) && within(r.Code, 1, 10) &&
		validPhone(r.To) && validChannel(r.Channel) && within(r.OrderID, 0, 64)
}

func (r sendRequest) channel() string {
	if r.Channel == "" {
		return "sms"
	}
	return r.Channel
}

// recordRequest is the body of orderId/record. Whether appId is required is
// disputed between the provider's pages; here it is.
type recordRequest struct {
	AppID   string `json:"appId"`
	OrderID string `json:"orderId"`
}

func (r recordRequest) valid() bool { return validAppID(r.AppID) && within(r.OrderID, 1, 64) }

func validAppID(s string) bool { return within(s, 4, 32) }

func validPhone(s string) bool {
	return within(s, 10, 14) && strings.IndexFunc(s, func(r rune) bool { return r < '0' || r > '9' }) < 0
}

func validChannel(s string) bool { return s == "" || s == "sms" || s == "call" || s == "sna" }

func within(s string, least, most int) bool {
	n := utf8.RuneCountInString(s)
	return n >= least && n <= most
}

// read decodes and checks a request in the documented order and returns the
// status it earns so far.
func (s *Sandbox) read(r *http.Request, into interface{ valid() bool }) string {
	body, err := io.ReadAll(io.LimitReader(r.Body, maxRequest+1))
	if err != nil || len(body) > maxRequest || !json.Valid(body) {
		return statusParameter
	}
	if status := s.authenticate(r.Header); status != statusOK {
		return status
	}
	if json.Unmarshal(body, into) != nil || !into.valid() {
		return statusParameter
	}
	return statusOK
}

// authenticate compares hex digits without regard to case, as the provider
// says it does.
func (s *Sandbox) authenticate(h http.Header) string {
	timestamp := h.Get("Timestamp")
	want := client.Sign(s.cfg.APIKey, s.cfg.APISecret, timestamp)
	if h.Get("Api-Key") != s.cfg.APIKey.Reveal() || !strings.EqualFold(h.Get("Sign"), want) {
		return statusAuth
	}
	seconds, err := strconv.ParseInt(timestamp, 10, 64)
	if err != nil || s.now().Sub(time.Unix(seconds, 0)).Abs() > s.cfg.TimestampWindow {
		return statusTimestamp
	}
	return statusOK
}
