package sandbox

import (
	"errors"
	"fmt"
	"time"
)

// UndeliveredAll is Fault.Undelivered for every channel.
const UndeliveredAll = "all"

// What Fault.Drop can be.
const (
	DropBefore = "before" // the request is lost
	DropAfter  = "after"  // the answer is lost
)

// Fault is how the provider misbehaves. If several are set, the first of Hang,
// Drop, HTTP and Throttle, Redirect, Garbage, HTML, CutBody, Status counts;
// Latency and Undelivered go with any of them, or alone. In JSON the names
// begin in lower case and Latency is a text such as "150ms".
type Fault struct {
	// Latency is added to the answer, or to the drop.
	Latency time.Duration `json:"-"`

	// Accept sends the message before the fault shows, so that the caller
	// cannot know. Without it the faults below stop the send.
	Accept bool `json:"accept,omitempty"`

	// Hang answers nothing until the caller gives up or Close is called.
	Hang bool `json:"hang,omitempty"`

	// Drop closes the connection in place of an answer: "before" accepting the
	// send, or "after" it, whatever Accept says.
	Drop string `json:"drop,omitempty"`

	// HTTP is an HTTP status, 400 to 599, with a body that is no envelope.
	HTTP int `json:"http,omitempty"`

	// Throttle is a Retry-After in seconds. The HTTP status is HTTP, or 429.
	Throttle int `json:"throttle,omitempty"`

	// Redirect is HTTP 307 to the same path.
	Redirect bool `json:"redirect,omitempty"`

	// Garbage is HTTP 200 with bytes that are no JSON.
	Garbage bool `json:"garbage,omitempty"`

	// HTML is HTTP 200 with a page, as a captive portal or load balancer
	// shows.
	HTML bool `json:"html,omitempty"`

	// CutBody closes the connection in the middle of a good answer.
	CutBody bool `json:"cutBody,omitempty"`

	// Status is an envelope status such as "-18".
	Status string `json:"status,omitempty"`

	// Undelivered has the send's messages on a channel fail on their way: sms,
	// call, sna or all. The answer is a good one; records tell.
	Undelivered string `json:"undelivered,omitempty"`

	// Times is for how many calls it happens. 0: until it is replaced.
	Times int `json:"times,omitempty"`

	// Percent is the share of calls it happens to, spread evenly and by count,
	// so that a run can be repeated. 0: all.
	Percent int `json:"percent,omitempty"`

	// Records includes the record queries.
	Records bool `json:"records,omitempty"`

	// Others includes what neither sends nor asks for a record: apps,
	// templates, flows, verify, balance and reports.
	Others bool `json:"others,omitempty"`
}

// stops reports whether a send under this fault must not be accepted.
func (f Fault) stops() bool {
	return f.spoils() && !f.Accept && f.Drop != DropAfter
}

// spoils reports whether the answer is anything but a good one.
func (f Fault) spoils() bool {
	return f.Hang || f.Drop != "" || f.HTTP != 0 || f.Throttle != 0 || f.Redirect ||
		f.Garbage || f.HTML || f.CutBody || f.Status != ""
}

func (f Fault) check() error {
	var faults []error
	if f.Latency < 0 {
		faults = append(faults, errors.New("latency: is negative"))
	}
	if f.Drop != "" && f.Drop != DropBefore && f.Drop != DropAfter {
		faults = append(faults, errors.New(`drop: expects "before" or "after"`))
	}
	if f.HTTP != 0 && (f.HTTP < 400 || f.HTTP > 599) {
		faults = append(faults, fmt.Errorf("http: %d is outside 400 to 599", f.HTTP))
	}
	if f.Undelivered != "" && f.Undelivered != UndeliveredAll && !validChannel(f.Undelivered) {
		faults = append(faults, errors.New("undelivered: expects sms, call, sna or all"))
	}
	if f.Percent < 0 || f.Percent > 100 {
		faults = append(faults, fmt.Errorf("percent: %d is outside 0 to 100", f.Percent))
	}
	if f.Throttle < 0 || f.Times < 0 {
		faults = append(faults, errors.New("throttle, times: must not be negative"))
	}
	return errors.Join(faults...)
}
