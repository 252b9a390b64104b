package main

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/otpworker/otpworker/worker/stats"
)

// onScreen runs top in virtual time for a while. A look takes half a second.
func onScreen(t *testing.T, out *screen, length time.Duration) (err error) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), length)
		defer cancel()
		err = (&top{out: out}).live(ctx, func(context.Context) (stats.Overview, bool) {
			time.Sleep(time.Second / 2)
			return busyOverview(), out.writes < 3
		})
	})
	return err
}

// A screen breaks after so many writes.
type screen struct {
	text           strings.Builder
	writes, breaks int
}

var errBroken = errors.New("broken")

func (s *screen) Write(p []byte) (int, error) {
	if s.writes++; s.breaks > 0 && s.writes > s.breaks {
		s.text.Write(p)
		return 0, errBroken
	}
	return s.text.Write(p)
}

// It draws every two seconds over what it has drawn before, and leaves the
// terminal as it was.
func TestTopLive(t *testing.T) {
	var out screen
	if err := onScreen(t, &out, 5*time.Second); err != nil {
		t.Fatal(err)
	}
	text := out.text.String()
	if n := strings.Count(text, toTop); n != 3 {
		t.Errorf("%d pictures in 5 s", n)
	}
	if !strings.HasPrefix(text, enterScreen+toTop+"otpworker top") || !strings.HasSuffix(text, endOfScreen+leaveScreen) {
		t.Errorf("begins with %q, ends with %q", text[:40], text[len(text)-40:])
	}
	if n := strings.Count(text, "no NATS server is connected, trying on"); n != 1 {
		t.Errorf("said %d times that no server is connected", n)
	}
	for picture := range strings.SplitSeq(strings.TrimPrefix(text, enterScreen), toTop) {
		if rows := strings.Count(picture, "\r\n"); rows > 23 || picture != "" && !strings.Contains(picture, "more lines: ") {
			t.Errorf("%d rows on a terminal of 24", rows+1)
		}
	}
}

// A terminal that goes away ends it, and it tries to leave it as it was.
func TestTopLiveOnABrokenTerminal(t *testing.T) {
	out := screen{breaks: 2}
	err := onScreen(t, &out, time.Minute)
	if !errors.Is(err, errBroken) || !strings.HasSuffix(out.text.String(), leaveScreen) {
		t.Errorf("%v, %d writes", err, out.writes)
	}
}

// Who lacks the rights is told which, and what to do, once each.
func TestTopWithoutRights(t *testing.T) {
	keys := installation(t)
	url := startNATS(t, natsOptions(t, serverConf, "nats-0")).ClientURL()
	asOperator(t, identity(url, keys, "operator"), "streams", "--apply")
	for _, kv := range identity(url, keys, "batch") {
		name, value, _ := strings.Cut(kv, "=")
		t.Setenv(name, value)
	}
	code, out, errOut := command(t, "top", "--once")
	if code != exitFailed || !strings.Contains(out, "otpworker top") {
		t.Errorf("exit %d: %s", code, out)
	}
	for _, want := range []string{
		"workers not seen: ", "dead not seen: ", "the broker refuses: ", "publish to $JS.API.STREAM.INFO.OTP_DEAD", "subscribe to otp.v1.fleet.answer.",
		"mend: connect with the operator's identity",
	} {
		if strings.Count(errOut, want) != 1 {
			t.Errorf("%q is not there once in:\n%s", want, errOut)
		}
	}
	for _, seen := range []string{"lanes not seen", "batches not seen"} { // which a batch sender may
		if strings.Contains(errOut, seen) {
			t.Errorf("%s: %s", seen, errOut)
		}
	}
}
