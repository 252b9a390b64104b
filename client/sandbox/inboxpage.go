package sandbox

import (
	"bytes"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	htmltemplate "html/template"
	"net/http"
	"strings"
	"time"

	"github.com/otpworker/otpworker/schema/redact"
)

//go:embed inbox.html
var inboxHTML string

//go:embed inbox.css
var inboxCSS string

var inboxTemplate = htmltemplate.Must(htmltemplate.New("inbox").Funcs(htmltemplate.FuncMap{"masked": masked}).Parse(inboxHTML))

// inboxPolicy allows the one style of the page and nothing else: whatever a
// message says, it stays text.
var inboxPolicy = func() string {
	sum := sha256.Sum256([]byte(inboxCSS))
	return "default-src 'none'; style-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) +
		"'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
}()

// inboxPage is what the page shows.
type inboxPage struct {
	CSS      htmltemplate.CSS
	Messages []Message
	Size     int
	Balance  string // "" without end
	Advanced time.Duration
}

// masked hides the number in what a caller made of it: some put it into their
// ids.
func masked(to redact.Phone, text string) string {
	return strings.ReplaceAll(text, to.Reveal(), to.Mask())
}

func (s *Sandbox) showInbox(w http.ResponseWriter, _ *http.Request) {
	page := inboxPage{CSS: htmltemplate.CSS(inboxCSS), Messages: s.Inbox(), Size: inboxSize}
	s.mu.Lock()
	page.Advanced = s.advanced
	if left := s.account.balance; left != nil {
		page.Balance = left.String()
	}
	s.mu.Unlock()
	var body bytes.Buffer
	if err := inboxTemplate.Execute(&body, page); err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Security-Policy", inboxPolicy)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Cache-Control", "no-store")
	_, _ = body.WriteTo(w) // a reader who is gone is no fault of ours
}
