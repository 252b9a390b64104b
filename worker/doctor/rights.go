package doctor

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/otpworker/otpworker/worker/queue"
)

// without says what an optional right is good for.
var without = map[string]string{
	"strays":  "jobs on a subject of no lane are not answered",
	"tidy":    "consumers of apps that have no jobs any more stay for a day",
	"rate":    "when the provider asks for a pause, only the worker that it asks makes one",
	"newest":  "a newer job cancels no older one: both are sent",
	"fleet":   "otpworker top, the page and nats micro do not see this worker, or it not the others",
	"batches": "jobs of batches are not taken, or their end is not told",
}

// rights makes one check of all rights of a name.
func rights(all []queue.Right, absent absence) Report {
	var r Report
	for len(all) > 0 {
		end := slices.IndexFunc(all, func(right queue.Right) bool { return right.Name != all[0].Name })
		if end < 0 {
			end = len(all)
		}
		r = append(r, rightTo(all[:end], absent))
		all = all[end:]
	}
	return r
}

func rightTo(rights []queue.Right, absent absence) Check {
	c := Check{Area: AreaBroker, Name: "right: " + rights[0].Name, State: OK, Detail: "allowed"}
	var forbidden, deaf, alone, open []string
	for _, right := range rights {
		switch {
		case right.Err == nil:
		case errors.Is(right.Err, queue.ErrForbidden):
			if right.Listen {
				deaf = append(deaf, right.Allow)
				continue
			}
			forbidden = append(forbidden, right.Allow)
		case errors.Is(right.Err, queue.ErrNoQueue):
			alone = append(alone, right.Allow)
		default:
			open = append(open, fmt.Sprintf("%s: %v", right.Allow, right.Err))
		}
	}
	forbidden = slices.Compact(forbidden) // two lanes, one subject to allow
	switch {
	case len(forbidden)+len(deaf) > 0:
		c.State, c.Detail = Fail, "the broker refuses: "+deeds(forbidden, deaf)
		c.Mend = "allow this account " + strings.Join(forbidden, ", ")
		if len(deaf) > 0 {
			c.Mend = "allow this account to " + deeds(forbidden, deaf)
		}
	case len(open) > 0:
		c.State, c.Detail = Fail, "not proved: "+strings.Join(open, "; ")
		c.Mend = "look at the broker and at the way there, and try again"
	case len(alone) > 0:
		c.State, c.Detail = Fail, "allowed, and no consumer listens: "+strings.Join(alone, ", ")
		c.Mend = "create the consumers; if they are there, import these subjects into this account"
		if absent.known {
			c.State, c.Mend = Warn, absent.mend
		}
	}
	if c.State == Fail && rights[0].Optional {
		c.State = Warn
		c.Mend += "; without it, " + without[rights[0].Name]
	}
	return c
}

// deeds says what is forbidden in one line.
func deeds(publish, listen []string) string {
	var parts []string
	if len(publish) > 0 {
		parts = append(parts, "publish to "+strings.Join(publish, ", "))
	}
	if len(listen) > 0 {
		parts = append(parts, "subscribe to "+strings.Join(listen, ", "))
	}
	return strings.Join(parts, "; ")
}
