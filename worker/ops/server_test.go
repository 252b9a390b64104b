package ops_test

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/otpworker/otpworker/client/sandbox"
	"github.com/otpworker/otpworker/worker/ops"
	"github.com/otpworker/otpworker/worker/stats"
)

// serve opens a port that shows s, until the test ends.
func serve(t *testing.T, s stats.Snapshot, change func(*ops.Config)) (url string) {
	t.Helper()
	cfg := ops.Config{Addr: "127.0.0.1:0", Snapshot: func() stats.Snapshot { return s }}
	if change != nil {
		change(&cfg)
	}
	server, err := ops.Listen(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := server.Close(); err != nil {
			t.Error(err)
		}
		http.DefaultClient.CloseIdleConnections()
	})
	return "http://" + server.Addr()
}

type answer struct {
	status int
	header http.Header
	body   string
}

func get(t *testing.T, url string, change func(*http.Request)) answer {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	if change != nil {
		change(req)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer{resp.StatusCode, resp.Header, string(body)}
}

func TestHealth(t *testing.T) {
	for name, tc := range map[string]struct {
		snapshot     stats.Snapshot
		alive, ready int
		says         string
	}{
		"well":      {stats.Snapshot{Alive: true, Ready: true}, 200, 200, "ok\n"},
		"not ready": {stats.Snapshot{Alive: true, Why: []string{"starting", "no broker is connected"}}, 200, 503, "starting\nno broker is connected\n"},
		"dead":      {stats.Snapshot{Why: []string{"the main loop stands still for 31s"}}, 503, 503, "the main loop stands still for 31s\n"},
	} {
		t.Run(name, func(t *testing.T) {
			url := serve(t, tc.snapshot, nil)
			alive, ready := get(t, url+"/healthz", nil), get(t, url+"/readyz", nil)
			if alive.status != tc.alive || ready.status != tc.ready || ready.body != tc.says {
				t.Errorf("alive %d, ready %d: %q", alive.status, ready.status, ready.body)
			}
		})
	}
}

func TestStats(t *testing.T) {
	url := serve(t, stats.Snapshot{Schema: stats.Schema, Worker: "w1"}, func(c *ops.Config) {
		c.Overview = func(context.Context) (stats.Overview, error) {
			return stats.Overview{Schema: stats.Schema, DeadLetters: 7}, nil
		}
	})
	var s stats.Snapshot
	a := get(t, url+"/stats", nil)
	if err := json.Unmarshal([]byte(a.body), &s); err != nil || s.Worker != "w1" || a.header.Get("Content-Type") != "application/json" {
		t.Errorf("%v, %+v", err, a)
	}
	var o stats.Overview
	if err := json.Unmarshal([]byte(get(t, url+"/stats?fleet", nil).body), &o); err != nil || o.DeadLetters != 7 {
		t.Errorf("%v, %+v", err, o)
	}
	for name, url := range map[string]string{
		"no queue": serve(t, stats.Snapshot{}, nil),
		"not yet": serve(t, stats.Snapshot{}, func(c *ops.Config) {
			c.Overview = func(context.Context) (stats.Overview, error) { return stats.Overview{}, errors.New("not yet") }
		}),
	} {
		if a := get(t, url+"/stats?fleet", nil); a.status != http.StatusServiceUnavailable {
			t.Errorf("%s: %+v", name, a)
		}
	}
}

// What is mounted is served, behind the same guards; what is not is not there.
func TestMounts(t *testing.T) {
	says := func(text string) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			_, _ = io.WriteString(w, text+" "+r.Method+" "+r.URL.Path)
		})
	}
	bare := serve(t, stats.Snapshot{}, nil)
	url := serve(t, stats.Snapshot{}, func(c *ops.Config) { c.Metrics, c.Page = says("metrics"), says("page") })
	for path, want := range map[string]string{"/metrics": "metrics GET /metrics", "/": "page GET /", "/jobs/1": "page GET /jobs/1"} {
		if a := get(t, url+path, nil); a.body != want {
			t.Errorf("%s: %+v", path, a)
		}
		if a := get(t, bare+path, nil); a.status != http.StatusNotFound {
			t.Errorf("%s of a port without: %+v", path, a)
		}
	}
}

// Over loopback the port answers to this machine's own names and those that were
// set, and to any where it tells of health alone.
func TestNamesOfOthers(t *testing.T) {
	page := http.HandlerFunc(func(http.ResponseWriter, *http.Request) {})
	url := serve(t, stats.Snapshot{Alive: true, Ready: true}, func(c *ops.Config) {
		c.Metrics, c.Page, c.Hosts = page, page, []string{"otp.example"}
	})
	for host, allowed := range map[string]bool{
		"localhost": true, "LOCALHOST:8081": true, "127.0.0.1:1": true, "127.1.2.3": true, "[::1]:8081": true, "::1": true, "localhost.": true, "otp.example:8081": true, "OTP.example.": true,
		"evil.example": false, "evil.example:8081": false, "localhost.evil.example": false, "127.0.0.1.evil.example": false, "10.0.0.1:8081": false, "[::2]:80": false,
	} {
		for path, want := range map[string]int{"/stats": 421, "/metrics": 421, "/": 421, "/healthz": 200, "/readyz": 200} {
			if allowed {
				want = http.StatusOK
			}
			if a := get(t, url+path, func(r *http.Request) { r.Host = host }); a.status != want {
				t.Errorf("%s of %s: %d, want %d", path, host, a.status, want)
			}
		}
	}
}

// Not over loopback it answers to any name, or to those that were set.
func TestNamesElsewhere(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for _, tc := range []struct {
			names  []string
			answer map[string]int
		}{
			{nil, map[string]int{"evil.example": 200, "localhost": 200, "10.0.0.1:8081": 200}},
			{[]string{"otp.example", "otp"}, map[string]int{
				"otp.example": 200, "OTP:8081": 200, "localhost:1": 200, "10.0.0.1:8081": 200, "[::2]": 200,
				"evil.example": 421, "otp.example.evil.example:8081": 421, "a.otp": 421, "10.0.0.1.evil.example": 421,
			}},
		} {
			pipe := sandbox.Pipe() // a network of its own
			server := ops.Serve(pipe, ops.Config{Hosts: tc.names, Snapshot: func() stats.Snapshot { return stats.Snapshot{Alive: true} }})
			client := &http.Client{Transport: &http.Transport{DialContext: pipe.Dial, DisableKeepAlives: true}}
			for host, want := range tc.answer {
				for path, want := range map[string]int{"/stats": want, "/healthz": http.StatusOK} {
					resp, err := client.Get("http://" + host + path)
					if err != nil {
						t.Fatal(err)
					}
					_ = resp.Body.Close()
					if resp.StatusCode != want {
						t.Errorf("%v: %s of %s: %d, want %d", tc.names, path, host, resp.StatusCode, want)
					}
				}
			}
			if err := server.Close(); err != nil {
				t.Error(err)
			}
		}
	})
}

// A page of another origin changes nothing, and shows nothing of ours.
func TestOtherOrigins(t *testing.T) {
	changed := 0
	url := serve(t, stats.Snapshot{}, func(c *ops.Config) {
		c.Page = http.HandlerFunc(func(http.ResponseWriter, *http.Request) { changed++ })
	})
	for name, tc := range map[string]struct {
		header, value string
		status        int
	}{
		"another site": {"Sec-Fetch-Site", "cross-site", 403}, "another origin": {"Origin", "https://evil.example", 403},
		"our page": {"Sec-Fetch-Site", "same-origin", 200}, "no browser": {"X-None", "", 200},
	} {
		before := changed
		a := get(t, url+"/pause", func(r *http.Request) {
			r.Method = http.MethodPost
			r.Header.Set(tc.header, tc.value)
		})
		if a.status != tc.status || (changed > before) != (tc.status == 200) {
			t.Errorf("%s: %d", name, a.status)
		}
	}
	for name, want := range map[string]string{
		"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff", "Cross-Origin-Resource-Policy": "same-origin",
		"Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'", "Access-Control-Allow-Origin": "",
	} {
		if got := get(t, url+"/stats", nil).header.Get(name); got != want {
			t.Errorf("%s: %q", name, got)
		}
	}
	for _, path := range []string{"/healthz", "/stats"} {
		if a := get(t, url+path, func(r *http.Request) { r.Method = http.MethodPut }); a.status == http.StatusOK && changed == 0 {
			t.Errorf("PUT %s: %+v", path, a)
		}
	}
}

// A port that is taken is said so in a way that the caller can tell.
func TestPortTaken(t *testing.T) {
	url := serve(t, stats.Snapshot{}, nil)
	_, err := ops.Listen(t.Context(), ops.Config{Addr: strings.TrimPrefix(url, "http://")})
	if !errors.Is(err, syscall.EADDRINUSE) {
		t.Errorf("%v", err)
	}
}

// Close ends who is still connected, and what he has asked for.
func TestCloseEndsConnections(t *testing.T) {
	asked, ended := make(chan struct{}), make(chan struct{})
	server, err := ops.Listen(t.Context(), ops.Config{Addr: "127.0.0.1:0", Page: http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		close(asked)
		<-r.Context().Done()
		close(ended)
	})})
	if err != nil {
		t.Fatal(err)
	}
	conn, err := net.Dial("tcp", server.Addr())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if _, err := io.WriteString(conn, "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"); err != nil {
		t.Fatal(err)
	}
	<-asked
	if err := server.Close(); err != nil {
		t.Error(err)
	}
	<-ended
	if err := conn.SetReadDeadline(time.Now().Add(10 * time.Second)); err != nil {
		t.Fatal(err)
	}
	if _, err := bufio.NewReader(conn).ReadByte(); err == nil || errors.Is(err, syscall.ETIMEDOUT) {
		t.Errorf("the connection is open: %v", err)
	}
}
