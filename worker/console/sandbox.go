package console

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"math/big"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/otpworker/otpworker/client/sandbox"
	"github.com/otpworker/otpworker/schema"
	"github.com/otpworker/otpworker/schema/redact"
	"github.com/otpworker/otpworker/worker/telemetry"
)

// A Sandbox is a provider that does not exist, and a queue for it.
type Sandbox struct {
	// AppID is that of test jobs. It has to be set.
	AppID string
	// Inbox is the newest messages, the newest first. It has to be set.
	Inbox func() []sandbox.Message
	// Send queues a job for it. It has to be set.
	Send func(ctx context.Context, job schema.Job) error
}

// sandboxPart is there in a sandbox only. Nobody has to log in to send a test
// job: nothing leaves this machine.
func (p *Page) sandboxPart() part {
	return part{name: "Sandbox", path: "/sandbox", handlers: map[string]handler{
		"GET /sandbox": p.showSandbox, "POST /sandbox": p.sendTest,
	}}
}

// sandboxPage is the data of the template.
type sandboxPage struct {
	Form    testForm
	Numbers []sandbox.Number
	Inbox   []arrival
}

// A testForm is what was typed, and what is wrong with it.
type testForm struct {
	App, NN, To, Code, TTL string
	Faults                 []string
}

// An arrival is a message as its phone shows it: with its code, and without its
// number.
type arrival struct {
	sandbox.Message
	Words, Order string
	Job          string // the path of its job
}

// maxArrivals bounds what is shown of the inbox.
const maxArrivals = 50

func (p *Page) showSandbox(*http.Request) answer {
	return p.sandboxAnswer(0, testForm{App: p.cfg.Sandbox.AppID, NN: "00", Code: testCode(), TTL: "60"})
}

func (p *Page) sandboxAnswer(status int, form testForm) answer {
	data := sandboxPage{Form: form, Numbers: sandbox.Numbers()}
	for _, m := range p.cfg.Sandbox.Inbox() {
		if len(data.Inbox) == maxArrivals {
			break
		}
		a := arrival{Message: m, Words: strings.ReplaceAll(m.Text.Reveal(), m.To.Reveal(), m.To.Mask()), Order: telemetry.Mask(m.OrderID)}
		if goodID.MatchString(m.OrderID) && goodApp.MatchString(m.AppID) {
			a.Job = jobPath(m.OrderID, m.AppID)
		}
		data.Inbox = append(data.Inbox, a)
	}
	return answer{status: status, template: "sandbox", title: "Sandbox", data: data}
}

// jobPath is the page of a job.
func jobPath(id, app string) string {
	return "/jobs?" + url.Values{"id": {id}, "app": {app}}.Encode()
}

func (p *Page) sendTest(r *http.Request) answer {
	if refusal, ok := badForm(r); !ok {
		return refusal
	}
	typed := func(name string) string { return strings.TrimSpace(r.PostForm.Get(name)) }
	form := testForm{App: typed("app"), NN: typed("nn"), To: typed("to"), Code: typed("code"), TTL: typed("ttl")}
	job, err := form.job()
	if err != nil {
		form.Faults = faultsOf(err)
		return p.sandboxAnswer(http.StatusBadRequest, form)
	}
	if err := p.cfg.Sandbox.Send(r.Context(), job); err != nil {
		form.Faults = []string{err.Error()}
		return p.sandboxAnswer(http.StatusConflict, form)
	}
	return answer{next: jobPath(job.ID, job.AppID)}
}

// job is the one that was asked for, or what is wrong with it. Its number is the
// one that was typed, or one of the test numbers that was chosen.
func (f testForm) job() (schema.Job, error) {
	to := f.To
	if to == "" {
		numbers := sandbox.Numbers()
		at := slices.IndexFunc(numbers, func(n sandbox.Number) bool { return n.NN == f.NN })
		if at < 0 {
			return schema.Job{}, errors.New("choose what happens, or give a number")
		}
		const free = 4 // the last digits of a test number are anything
		first := numbers[at].Example(1)
		to = first[:len(first)-free] + digits(free)
	}
	ttl, err := strconv.Atoi(f.TTL)
	if err != nil {
		return schema.Job{}, errors.New("the life of the code is a number of seconds")
	}
	job := schema.Job{
		ID: "test-" + strings.ToLower(rand.Text()[:10]), AppID: f.App, To: redact.NewPhone(to), Code: redact.NewCode(f.Code), TTLSeconds: ttl,
		Channel: schema.ChannelSMS,
	}
	return job, job.Validate()
}

func faultsOf(err error) (lines []string) {
	faults, ok := errors.AsType[schema.Faults](err)
	if !ok {
		return []string{err.Error()}
	}
	for _, f := range faults {
		lines = append(lines, f.Field+" "+f.Problem)
	}
	return lines
}

func testCode() string { return digits(6) }

// digits are so many random ones.
func digits(n int) string {
	limit := new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(n)), nil)
	number, _ := rand.Int(rand.Reader, limit) // it never fails
	return fmt.Sprintf("%0*d", n, number)
}
