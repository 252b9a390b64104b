package secretfile

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"github.com/otpworker/otpworker/schema/redact"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// A rig watches the files key and secret, in virtual time. They hold "key1" and
// "secret1" at first.
type rig struct {
	t    *testing.T
	dir  string
	log  strings.Builder
	used []string // with the second, "4s key2 secret2"
	// refuse has the next tries to use what was found fail.
	refuse int
	began  time.Time
}

func watching(t *testing.T, test func(*rig)) {
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		r := &rig{t: t, dir: dir, began: time.Now()}
		r.write("key", "key1\n")
		r.write("secret", "secret1\r\n")
		paths := []string{filepath.Join(dir, "key"), filepath.Join(dir, "secret")}
		have, err := ReadAll(paths)
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan struct{})
		w := Watch{Name: "provider key", Paths: paths, Have: have, Use: r.use, Log: slog.New(slog.NewTextHandler(&r.log, nil))}
		go func() {
			defer close(done)
			w.Run(ctx)
		}()
		test(r)
		cancel()
		<-done
		for _, leak := range []string{"key1", "key2", "secret1", "secret2"} {
			if strings.Contains(r.log.String(), leak) {
				t.Errorf("%s in the log:\n%s", leak, r.log.String())
			}
		}
	})
}

func (r *rig) use(_ context.Context, found []redact.Secret) error {
	if r.refuse > 0 {
		r.refuse--
		r.used = append(r.used, time.Since(r.began).String()+" refused")
		return errors.New("refused with status -1")
	}
	r.used = append(r.used, time.Since(r.began).String()+" "+found[0].Reveal()+" "+found[1].Reveal())
	return nil
}

func (r *rig) write(name, text string) {
	r.t.Helper()
	if err := os.WriteFile(filepath.Join(r.dir, name), []byte(text), 0o600); err != nil {
		r.t.Fatal(err)
	}
}

// until sleeps until a second of the test, between two looks if it is odd.
func (r *rig) until(second int) {
	time.Sleep(time.Duration(second)*time.Second - time.Since(r.began))
	synctest.Wait()
}

func (r *rig) want(used ...string) {
	r.t.Helper()
	if !slices.Equal(r.used, used) {
		r.t.Errorf("used %q, want %q", r.used, used)
	}
}

func TestWatch(t *testing.T) {
	for name, c := range map[string]struct {
		steps func(*rig)
		used  []string
		lines int // of the log
	}{
		"nothing changes": {func(r *rig) { r.until(61) }, nil, 0},
		"another newline is no change": {func(r *rig) {
			r.write("key", "key1")
			r.until(61)
		}, nil, 0},
		"both at once": {func(r *rig) {
			r.until(1)
			r.write("key", "key2")
			r.write("secret", "secret2")
			r.until(61)
		}, []string{"4s key2 secret2"}, 1},
		"one after the other": {func(r *rig) {
			r.until(1)
			r.write("key", "key2")
			r.until(9)
			r.write("secret", "secret2")
			r.until(61)
		}, []string{"12s key2 secret2"}, 1},
		"the secret only": {func(r *rig) {
			r.until(1)
			r.write("secret", "secret2")
			r.until(61)
		}, []string{"12s key1 secret2"}, 1},
		"and back again": {func(r *rig) {
			r.until(1)
			r.write("secret", "secret2")
			r.until(9)
			r.write("secret", "secret1")
			r.until(61)
		}, nil, 0},
		"another one at each look": {func(r *rig) {
			for second := 1; second < 41; second += 2 {
				r.until(second)
				r.write("key", strings.Repeat("k", second))
				r.write("secret", strings.Repeat("s", second))
			}
			r.write("key", "key1")
			r.write("secret", "secret1")
			r.until(61)
		}, nil, 0},
		"used when the provider takes it": {func(r *rig) {
			r.refuse = 3
			r.until(1)
			r.write("key", "key2")
			r.write("secret", "secret2")
			r.until(61)
		}, []string{"4s refused", "6s refused", "10s refused", "18s key2 secret2"}, 4},
		"the next one instead of one that is refused": {func(r *rig) {
			r.refuse = 5
			r.until(1)
			r.write("key", "wrong")
			r.write("secret", "wrong")
			r.until(39)
			r.refuse = 0
			r.write("key", "key2")
			r.write("secret", "secret2")
			r.until(61)
		}, []string{"4s refused", "6s refused", "10s refused", "18s refused", "34s refused", "42s key2 secret2"}, 6},
		"empty for a while": {func(r *rig) {
			r.until(1)
			r.write("key", "")
			r.until(21)
			r.write("key", "key2")
			r.write("secret", "secret2")
			r.until(61)
		}, []string{"24s key2 secret2"}, 2},
		"gone for a while": {func(r *rig) {
			if err := os.Remove(filepath.Join(r.dir, "secret")); err != nil {
				r.t.Fatal(err)
			}
			r.until(21)
			r.write("secret", "secret1")
			r.until(61)
		}, nil, 1},
	} {
		t.Run(name, func(t *testing.T) {
			watching(t, func(r *rig) {
				c.steps(r)
				r.want(c.used...)
				if n := strings.Count(r.log.String(), "\n"); n != c.lines {
					t.Errorf("%d lines of log, want %d:\n%s", n, c.lines, r.log.String())
				}
			})
		})
	}
}

// A try that fails again and again is made once a minute in the end.
func TestWatchPauses(t *testing.T) {
	watching(t, func(r *rig) {
		r.refuse = 1000
		r.write("key", "key2")
		r.write("secret", "secret2")
		r.until(3600)
		if n := len(r.used); n < 60 || n > 66 {
			t.Errorf("%d tries in an hour", n)
		}
	})
}

// Kubernetes swaps a whole folder by a symbolic link, and touches no file.
func TestWatchFollowsALink(t *testing.T) {
	watching(t, func(r *rig) {
		for _, name := range []string{"key", "secret"} {
			if err := os.Remove(filepath.Join(r.dir, name)); err != nil {
				t.Fatal(err)
			}
			if err := os.Symlink(filepath.Join("..data", name), filepath.Join(r.dir, name)); err != nil {
				t.Fatal(err)
			}
		}
		swap := func(version string) {
			if err := os.Mkdir(filepath.Join(r.dir, version), 0o700); err != nil {
				t.Fatal(err)
			}
			r.write(version+"/key", "key"+version)
			r.write(version+"/secret", "secret"+version)
			if err := os.Symlink(version, filepath.Join(r.dir, "new")); err != nil {
				t.Fatal(err)
			}
			if err := os.Rename(filepath.Join(r.dir, "new"), filepath.Join(r.dir, "..data")); err != nil {
				t.Fatal(err)
			}
		}
		swap("1")
		r.until(21)
		r.want()
		swap("2")
		r.until(61)
		r.want("24s key2 secret2")
	})
}

func TestReadAllFaults(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{"empty": " \r\n", "large": strings.Repeat("hunter2 ", 10_000), "good": " hunter2\n"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for name, want := range map[string]string{"none": "no such file", "empty": "it is empty", "large": "larger than 65536 bytes", "": "is a directory"} {
		_, err := ReadAll([]string{filepath.Join(dir, "good"), filepath.Join(dir, name)})
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%s: got %v, want %q", name, err, want)
		}
	}
	all, err := ReadAll([]string{filepath.Join(dir, "good")})
	if err != nil || len(all) != 1 || all[0].Reveal() != "hunter2" {
		t.Errorf("%v, %v", all, err)
	}
}
