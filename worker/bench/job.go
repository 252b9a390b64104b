package bench

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/otpworker/otpworker/schema"
	"github.com/otpworker/otpworker/schema/redact"
)

// A run is the jobs of one measurement: made by number, so that nobody has to
// keep them.
type run struct {
	id        string
	apps      int
	expiresAt time.Time
}

// job makes the n-th job: the usual fields, a number of its own.
func (r run) job(n int) schema.Job {
	return schema.Job{
		ID: jobID(r.id, n), AppID: fmt.Sprintf("benchapp%d", n%r.apps), TemplateID: 1,
		Code: redact.NewCode(strconv.Itoa(100_000 + n%900_000)), To: redact.NewPhone(strconv.Itoa(8_613_000_000_000 + n)),
		Channel: schema.ChannelSMS, ExpiresAt: r.expiresAt, Metadata: map[string]string{"user": "u-" + strconv.Itoa(n)},
	}
}

func jobID(run string, n int) string { return fmt.Sprintf("%s-%08d", run, n) }

// number is the n of a job's id; false: it is no job of this run.
func (r run) number(id string) (n int, ok bool) {
	digits, found := strings.CutPrefix(id, r.id+"-")
	n, err := strconv.Atoi(digits)
	return n, found && err == nil && n >= 0
}
