package examples_test

import (
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/otpworker/otpworker/schema/redact"
	"github.com/otpworker/otpworker/schema/seal"
	"github.com/otpworker/otpworker/worker"
)

// What the files of the queue must not hold. No other bytes look like these.
const (
	sealedCode   = "k7#Qz!93@v"
	sealedNumber = "8613876501234"
)

// A job that an example seals is sent by a worker that takes no other, and its
// code and number are in none of the queue's files, neither while it waits nor
// afterwards. In the clear, the control, both are there.
func TestSealed(t *testing.T) {
	all := installed(t)
	for name, c := range map[string]struct {
		example string
		seals   bool
	}{
		"node":         {"node", true},
		"go":           {"go", true},
		"in the clear": {"go", false},
	} {
		t.Run(name, func(t *testing.T) {
			e, ok := all[c.example]
			if !ok {
				t.Log("NOT RUN: see above")
				return
			}
			seed, public, err := seal.NewSeed()
			if err != nil {
				t.Fatal(err)
			}
			line := e.args("myapp01", sealedNumber, sealedCode, "login-1")
			if c.seals {
				line = append(line, "--seal-to", public)
			}
			testSealed(t, e.line, line, seed, c.seals)
		})
	}
}

func testSealed(t *testing.T, line, args []string, seed redact.Secret, seals bool) {
	r := start(t)
	ended := make(chan run, 1)
	go func() { ended <- command(t, r.url, line, args...) }()
	r.awaitJob()
	r.wantOnDisk(!seals)
	r.work(func(c *worker.Config) { c.SealSeed, c.RequireSealed = seed, seals })
	got := <-ended
	if result := read(t, got); got.code != 0 || result.Outcome != "sent" || result.JobID != "login-1" {
		t.Fatalf("exit code %d, %+v\n%s", got.code, result, got.stderr)
	}
	sends := r.box.Sends("login-1")
	if len(sends) != 1 || sends[0].Code.Reveal() != sealedCode || sends[0].To.Reveal() != sealedNumber {
		t.Errorf("the provider was asked for %v", sends)
	}
	if seals {
		r.wantOnDisk(false)
	}
}

// awaitJob returns when the broker has stored a job.
func (r *rig) awaitJob() {
	r.t.Helper()
	if _, err := r.jobs.NextMsg(30 * time.Second); err != nil {
		r.t.Fatal(err)
	}
	for n := uint64(0); n == 0; {
		var err error
		if n, err = r.queue.Waiting(r.t.Context()); err != nil {
			r.t.Fatal(err)
		}
	}
}

// wantOnDisk looks for code and number in every file of the queue.
func (r *rig) wantOnDisk(want bool) {
	r.t.Helper()
	for _, secret := range []string{sealedCode, sealedNumber} {
		var files, size int
		var in []string
		err := filepath.WalkDir(r.dir, func(path string, entry fs.DirEntry, err error) error {
			if err != nil || !entry.Type().IsRegular() {
				return err
			}
			data, err := os.ReadFile(path)
			files, size = files+1, size+len(data)
			if bytes.Contains(data, []byte(secret)) {
				in = append(in, path)
			}
			return err
		})
		if err != nil || files == 0 || size == 0 {
			r.t.Fatalf("%d files, %d bytes, %v", files, size, err)
		}
		if (len(in) > 0) != want {
			r.t.Errorf("%q stands in %v of %d files", secret, in, files)
		}
	}
}
