package main

import (
	"context"
	"log/slog"
	"sync"

	"github.com/otpworker/otpworker/client"
	"github.com/otpworker/otpworker/schema/redact"
	"github.com/otpworker/otpworker/worker"
	"github.com/otpworker/otpworker/worker/console"
	"github.com/otpworker/otpworker/worker/secretfile"
)

// followSecrets re-reads the files of secrets until it is stopped.
func followSecrets(ctx context.Context, log *slog.Logger, watches ...secretfile.Watch) (stop func()) {
	ctx, cancel := context.WithCancel(ctx)
	var watching sync.WaitGroup
	for _, watch := range watches {
		watch.Log = log
		if len(watch.Paths) > 0 {
			watching.Go(func() { watch.Run(ctx) })
		}
	}
	return func() {
		cancel()
		watching.Wait()
	}
}

// accountWatch watches what of the key and the secret of the provider's account
// comes from a file, as one.
func accountWatch(s settings, provider *client.Client) secretfile.Watch {
	files := s.Local.SecretFiles
	w := secretfile.Watch{Name: "provider key"}
	for _, half := range []struct {
		path string
		have redact.Secret
	}{{files[nameKey], s.Provider.APIKey}, {files[nameSecret], s.Provider.APISecret}} {
		if half.path != "" {
			w.Paths, w.Have = append(w.Paths, half.path), append(w.Have, half.have)
		}
	}
	w.Use = func(ctx context.Context, found []redact.Secret) error {
		key, secret := s.Provider.APIKey, s.Provider.APISecret
		if files[nameKey] != "" {
			key, found = found[0], found[1:]
		}
		if files[nameSecret] != "" {
			secret = found[0]
		}
		return provider.Rekey(ctx, key, secret)
	}
	return w
}

func sealWatch(s settings, worker *worker.Worker) secretfile.Watch {
	w := secretfile.Watch{Name: "seal seed"}
	if path := s.Local.SecretFiles[nameSeed]; path != "" {
		w.Paths, w.Have = []string{path}, []redact.Secret{s.Worker.SealSeed}
	}
	w.Use = func(_ context.Context, found []redact.Secret) error { return worker.UseSealKeys(found[0]) }
	return w
}

// tokenWatch watches nothing where there is no page.
func tokenWatch(s settings, page *console.Page) secretfile.Watch {
	w := secretfile.Watch{Name: "token of the page"}
	if path := s.Local.SecretFiles[nameToken]; path != "" && page != nil {
		w.Paths, w.Have = []string{path}, []redact.Secret{s.Local.HTTPToken}
	}
	w.Use = func(_ context.Context, found []redact.Secret) error { return page.UseToken(found[0]) }
	return w
}

// natsWatch has to be made before the connection to the queue is: of what is
// written between the two one side would never hear. A file that cannot be read is
// the connection's to report.
func natsWatch(s settings) secretfile.Watch {
	w := secretfile.Watch{Name: "NATS key"}
	if path := s.Queue.NKey; path != "" {
		w.Paths = []string{path}
		w.Have, _ = secretfile.ReadAll(w.Paths)
	}
	return w
}
