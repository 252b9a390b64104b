package console

import (
	"crypto/rand"
	"crypto/sha256"
	"net/http"
	"sync"
	"time"

	"github.com/otpworker/otpworker/schema/redact"
)

const (
	cookieName = "otpworker_session"
	// sessionLife is how long a login lasts.
	sessionLife = 8 * time.Hour
	// maxSessions bounds the logins; one more ends the oldest.
	maxSessions = 64
)

// sessions are the readers who have given the token. They end with the process.
type sessions struct {
	mu    sync.Mutex
	token redact.Secret
	ends  map[[sha256.Size]byte]time.Time // by the hash of the session's id
}

func newSessions(token redact.Secret) *sessions {
	return &sessions{token: token, ends: map[[sha256.Size]byte]time.Time{}}
}

// begin makes a session for the token and returns its id.
func (s *sessions) begin(token string, now time.Time) (id string, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !same(token, s.token.Reveal()) {
		return "", false
	}
	id = rand.Text()
	if len(s.ends) >= maxSessions {
		s.dropOldest()
	}
	s.ends[sha256.Sum256([]byte(id))] = now.Add(sessionLife)
	return id, true
}

// dropOldest is for holders of mu.
func (s *sessions) dropOldest() {
	var oldest [sha256.Size]byte
	var first time.Time
	for key, end := range s.ends {
		if first.IsZero() || end.Before(first) {
			oldest, first = key, end
		}
	}
	delete(s.ends, oldest)
}

func (s *sessions) valid(id string, now time.Time) bool {
	key := sha256.Sum256([]byte(id))
	s.mu.Lock()
	defer s.mu.Unlock()
	end, ok := s.ends[key]
	if ok && !now.Before(end) {
		delete(s.ends, key)
		return false
	}
	return ok
}

func (s *sessions) end(id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.ends, sha256.Sum256([]byte(id)))
}

// use has another token from now on, and ends who has given the former one.
func (s *sessions) use(token redact.Secret) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.token = token
	clear(s.ends)
}

// mayAct says that the request comes from somebody who has given the token.
func (p *Page) mayAct(r *http.Request) bool {
	cookie, err := r.Cookie(cookieName)
	return err == nil && !p.cfg.Token.IsZero() && p.sessions.valid(cookie.Value, time.Now())
}

func sessionCookie(r *http.Request, id string, life time.Duration) *http.Cookie {
	return &http.Cookie{
		Name: cookieName, Value: id, Path: "/", MaxAge: int(life / time.Second),
		HttpOnly: true, SameSite: http.SameSiteStrictMode, Secure: r.TLS != nil,
	}
}
