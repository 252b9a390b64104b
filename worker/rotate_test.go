package worker_test

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/otpworker/otpworker/client"
	"github.com/otpworker/otpworker/client/sandbox"
	"github.com/otpworker/otpworker/schema"
	"github.com/otpworker/otpworker/schema/redact"
	"github.com/otpworker/otpworker/worker"
	"github.com/otpworker/otpworker/worker/secretfile"
)

// rotated are the lives of the secrets in TestRotationUnderLoad, in seconds.
const (
	rotationLoad  = 60 // ten jobs in each
	newKeyAt      = 5  // the provider lets the new key in beside the old one
	keyFileAt     = 9  // the key's file is written
	secretFileAt  = 14 // and then the secret's
	oldKeyDropsAt = 24 // the provider no longer lets the old one in
	newSeedAt     = 20 // the workers get the new seed beside the former one
	newSealAt     = 30 // apps seal for it
	oldSeedGoneAt = 50 // the former one is taken away
)

// A vault is the files of a worker's secrets.
type vault struct {
	t   *testing.T
	dir string
}

func (v vault) path(name string) string { return filepath.Join(v.dir, name) }

func (v vault) write(name string, lines ...redact.Secret) {
	v.t.Helper()
	text := ""
	for _, line := range lines {
		text += line.Reveal() + "\n"
	}
	if err := os.WriteFile(v.path(name), []byte(text), 0o600); err != nil {
		v.t.Error(err)
	}
}

// The key of the provider's account and the key of sealed jobs change under a
// running worker, file by file, while jobs come in: all are sent, once, and no
// call is refused for its key. Two controls show that the test would see it: a
// worker that takes over each file as it finds it makes calls with the key of one
// pair and the secret of the other, and one that reads nothing again is refused when
// the old key ends, and cannot open what is sealed for the new one.
func TestRotationUnderLoad(t *testing.T) {
	for name, c := range map[string]struct {
		watch func(ctx context.Context, r *rig, v vault, p *swapped)
		clean bool
	}{
		"watched":          {watchFiles, true},
		"taken as found":   {takeAsFound, false},
		"never read again": {func(context.Context, *rig, vault, *swapped) {}, false},
	} {
		t.Run(name, func(t *testing.T) {
			v := vault{t, t.TempDir()}
			oldSeed, oldPublic := newSealKey(t)
			newSeed, newPublic := newSealKey(t)
			change := func(s *setup) { s.worker.SealSeed, s.worker.RequireSealed = oldSeed, true }
			inVirtualTime(t, change, func(t *testing.T, r *rig) {
				v.write("key", redact.NewSecret(sandbox.DefaultKey))
				v.write("secret", redact.NewSecret(sandbox.DefaultSecret))
				v.write("seed", oldSeed)
				p := newSwapped(r)
				defer p.close()
				r.startWorkerWith(p)
				defer r.stopWorker()
				ctx, stop := context.WithCancel(t.Context())
				var watching sync.WaitGroup
				defer watching.Wait()
				defer stop()
				watching.Go(func() { c.watch(ctx, r, v, p) })

				newKey, newSecret := redact.NewSecret("new-key"), redact.NewSecret("new-secret")
				at := map[int]func(){
					newKeyAt:      func() { r.box.AddKey(newKey, newSecret) },
					keyFileAt:     func() { v.write("key", newKey) },
					secretFileAt:  func() { v.write("secret", newSecret) },
					newSeedAt:     func() { v.write("seed", newSeed, oldSeed) },
					oldKeyDropsAt: func() { r.box.DropKey(redact.NewSecret(sandbox.DefaultKey)) },
					oldSeedGoneAt: func() { v.write("seed", newSeed) },
				}
				jobs := 0
				for second := range rotationLoad {
					if happen := at[second]; happen != nil {
						happen()
					}
					public := oldPublic
					if second >= newSealAt {
						public = newPublic
					}
					for range 10 {
						j := job(fmt.Sprintf("j%d", jobs), fmt.Sprintf("86138%08d", jobs))
						j.TTLSeconds = 60
						r.publish(sealed(t, public, j))
						jobs++
						time.Sleep(100 * time.Millisecond)
					}
				}
				results := r.await(jobs, time.Hour)
				sent := 0
				for _, result := range results {
					if result.Outcome == schema.OutcomeSent {
						sent++
					}
				}
				refused := r.box.Stats().Refused["-1"]
				if clean := sent == jobs && refused == 0; clean != c.clean {
					t.Errorf("%d of %d jobs sent, %d calls refused for their key", sent, jobs, refused)
				}
				t.Logf("%d of %d jobs sent, %d calls refused for their key", sent, jobs, refused)
				r.onceEach()
				r.drained()
			})
		})
	}
}

// watchFiles is what otpworker run does.
func watchFiles(ctx context.Context, r *rig, v vault, p *swapped) {
	log := slog.New(slog.DiscardHandler)
	pair := secretfile.Watch{
		Name: "provider key", Log: log, Paths: []string{v.path("key"), v.path("secret")},
		Have: []redact.Secret{redact.NewSecret(sandbox.DefaultKey), redact.NewSecret(sandbox.DefaultSecret)},
		Use: func(ctx context.Context, found []redact.Secret) error {
			return p.now().Rekey(ctx, found[0], found[1])
		},
	}
	seed := secretfile.Watch{
		Name: "seal seed", Log: log, Paths: []string{v.path("seed")}, Have: []redact.Secret{r.setup.worker.SealSeed},
		Use: func(_ context.Context, found []redact.Secret) error { return r.worker.UseSealKeys(found[0]) },
	}
	var both sync.WaitGroup
	both.Go(func() { pair.Run(ctx) })
	both.Go(func() { seed.Run(ctx) })
	both.Wait()
}

// takeAsFound is what must not be done.
func takeAsFound(ctx context.Context, r *rig, v vault, p *swapped) {
	for {
		select {
		case <-time.After(time.Second):
		case <-ctx.Done():
			return
		}
		found, err := secretfile.ReadAll([]string{v.path("key"), v.path("secret"), v.path("seed")})
		if err != nil {
			continue
		}
		p.swap(found[0], found[1])
		_ = r.worker.UseSealKeys(found[2])
	}
}

// swapped is a provider whose client is another one from time to time.
type swapped struct {
	r       *rig
	mu      sync.Mutex
	clients []*client.Client
}

func newSwapped(r *rig) *swapped {
	p := &swapped{r: r}
	p.swap(redact.NewSecret(sandbox.DefaultKey), redact.NewSecret(sandbox.DefaultSecret))
	return p
}

func (p *swapped) swap(key, secret redact.Secret) {
	c, err := client.New(client.Config{BaseURL: "http://localhost/otp", Dial: p.r.dial.dial, APIKey: key, APISecret: secret, Timeout: p.r.setup.worker.CallTimeout})
	if err != nil {
		p.r.t.Error(err)
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.clients = append(p.clients, c)
}

func (p *swapped) now() *client.Client {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.clients[len(p.clients)-1]
}

func (p *swapped) close() {
	for _, c := range p.clients {
		c.Close()
	}
}

func (p *swapped) SendRule(ctx context.Context, r client.SendRuleRequest) (client.SendRuleResponse, error) {
	return p.now().SendRule(ctx, r)
}

func (p *swapped) RecordByOrderID(ctx context.Context, r client.RecordByOrderIDRequest) (client.Record, error) {
	return p.now().RecordByOrderID(ctx, r)
}

// A job that may have been sent is not called invalid when its key is gone: nobody
// can say any more what became of it.
func TestKeyGoneAfterAnAttempt(t *testing.T) {
	seed, public := newSealKey(t)
	change := func(s *setup) { s.worker.SealSeed = seed }
	inVirtualTime(t, change, func(t *testing.T, r *rig) {
		r.box.SetFault(sandbox.Fault{Drop: sandbox.DropAfter, Records: true})
		r.startWorker()
		r.publish(sealed(t, public, job("j1", goodNumber)))
		time.Sleep(5 * time.Second)
		if n := len(r.seen(worker.KindAttempt, "j1")); n != 1 {
			t.Fatalf("%d attempts", n)
		}
		r.stopWorker()
		r.setup.worker.SealSeed, _ = newSealKey(t)
		r.startWorker()
		got := r.await(1, 2*time.Minute)["j1"]
		want(t, got, schema.OutcomeUnknown, "cannot_open", 1)
		r.drained()
		r.onceEach()
	})
}
