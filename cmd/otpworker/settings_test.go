package main

import (
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/otpworker/otpworker/client"
	"github.com/otpworker/otpworker/schema/redact"
	"github.com/otpworker/otpworker/worker"
	"github.com/otpworker/otpworker/worker/queue"
	"github.com/otpworker/otpworker/worker/telemetry"
)

// sameSecret lets cmp compare what does not print.
var sameSecret = cmp.Comparer(func(a, b redact.Secret) bool { return a.Reveal() == b.Reveal() })

func TestSettingsDefaults(t *testing.T) {
	t.Setenv("XDG_DATA_HOME", "/data")
	s, warnings, err := loadSettings([]string{"PATH=/bin", "HOME=/home/me"})
	if err != nil || len(warnings) > 0 {
		t.Fatal(err, warnings)
	}
	want := settings{
		Queue: queue.DefaultConfig(), Provider: client.DefaultConfig(), Worker: worker.DefaultConfig(), Telemetry: telemetry.DefaultConfig(),
		Local: local{DataDir: "/data/otpworker", Listen: "127.0.0.1:4222", HTTP: "127.0.0.1:8081", LogFormat: "auto"},
	}
	if diff := cmp.Diff(want, s, sameSecret); diff != "" {
		t.Errorf("without any variable the defaults hold (-want +got):\n%s", diff)
	}
	s.Provider.APIKey, s.Provider.APISecret = redact.NewSecret("key"), redact.NewSecret("secret")
	if err := s.forWorker(); err != nil {
		t.Errorf("with a key and a secret the defaults are valid: %v", err)
	}
}

// An empty variable is one that is not set: compose files and manifests have
// them.
func TestSettingsEmptyVariables(t *testing.T) {
	var environ []string
	for _, v := range variables() {
		environ = append(environ, v.name+"=")
	}
	s, warnings, err := loadSettings(environ)
	if err != nil || len(warnings) > 0 {
		t.Fatal(err, warnings)
	}
	if diff := cmp.Diff(defaultSettings(), s, sameSecret); diff != "" {
		t.Errorf("-default +got:\n%s", diff)
	}
}

// Every variable reaches its field.
func TestSettingsEveryField(t *testing.T) {
	environ := []string{
		"NATS_URL=nats://n1:4222,nats://n2:4222", "NATS_CONTEXT=prod", "NATS_CREDS=/c", "NATS_NKEY=/n",
		"NATS_CERT=/crt", "NATS_KEY=/key", "NATS_CA=/ca",
		"OTPWORKER_INBOX_PREFIX=_IN", "OTPWORKER_JS_DOMAIN=hub", "OTPWORKER_PROVISION=verify",
		"OTPWORKER_REPLICAS=3", "OTPWORKER_ACK_WAIT=1m30s", "OTPWORKER_JOB_BYTES=4294967296", "OTPWORKER_RESULT_FORMAT=cloudevents",
		"OTPWORKER_PROVIDER_URL=http://127.0.0.1:8090/otp", "OTPWORKER_API_KEY= k ", "OTPWORKER_API_SECRET=s",
		"OTPWORKER_CALL_TIMEOUT=1500ms",
		"OTPWORKER_WORKER_NAME=otp-7", "OTPWORKER_INTERACTIVE_SLOTS=3", "OTPWORKER_BATCH_SLOTS=4",
		"OTPWORKER_RATE=2.5", "OTPWORKER_APP_RATES=myapp01=1,myapp02=0.5", "OTPWORKER_SUPERSEDE=true", "OTPWORKER_RECORD_GRACE=0s", "OTPWORKER_LEDGER=off", "OTPWORKER_RETRY_INITIAL=1s", "OTPWORKER_RETRY_MAX=2m",
		"OTPWORKER_RETRY_JITTER=0.5", "OTPWORKER_RETRY_IN_PLACE=3s", "OTPWORKER_BREAKER_FAILURES=6",
		"OTPWORKER_BREAKER_OPEN=7s", "OTPWORKER_ACCOUNT_OPEN=8s",
		"OTPWORKER_APP_OPEN=11s", "OTPWORKER_APP_OPEN_MAX=12s", "OTPWORKER_DRAIN_TIMEOUT=9s",
		"OTPWORKER_SEAL_SEED=SXAnother", "OTPWORKER_REQUIRE_SEALED=true",
		"OTPWORKER_REPLY_ALLOW=a.>,b.*", "OTPWORKER_CLASSIFY=-28=transient,-10=permanent",
		"OTPWORKER_METRICS=false", "OTPWORKER_TRACE_PROPAGATION=link", "OTPWORKER_TRACE_PROVIDER=true",
		"OTPWORKER_DATA_DIR=/var/otp", "OTPWORKER_LISTEN=127.0.0.1:4333", "OTPWORKER_HTTP=:9000", "OTPWORKER_HTTP_HOSTS=a.example,b", "OTPWORKER_HTTP_TOKEN=0123456789abcdef", "OTPWORKER_LOG_LEVEL=debug", "OTPWORKER_LOG_FORMAT=json",
	}
	got, warnings, err := loadSettings(environ)
	if err != nil || len(warnings) > 0 {
		t.Fatal(err, warnings)
	}
	want := settings{
		Queue: queue.Config{
			URL: "nats://n1:4222,nats://n2:4222", Context: "prod", Creds: "/c", NKey: "/n", Cert: "/crt", Key: "/key", CA: "/ca",
			InboxPrefix: "_IN", Domain: "hub", Provision: queue.ProvisionVerify,
			Replicas: 3, AckWait: 90 * time.Second, JobBytes: 4 << 30, ResultFormat: queue.ResultCloudEvents, Name: "otpworker",
		},
		Provider: client.Config{
			BaseURL: "http://127.0.0.1:8090/otp", APIKey: redact.NewSecret("k"), APISecret: redact.NewSecret("s"),
			Timeout: 1500 * time.Millisecond, Concurrency: 7,
		},
		Worker: worker.Config{
			Name: "otp-7", InteractiveSlots: 3, BatchSlots: 4, Rate: 2.5, AppRates: map[string]float64{"myapp01": 1, "myapp02": 0.5}, Supersede: true, NumberKey: redact.NewSecret("s"), Grace: 0, Ledger: "off",
			RetryInitial: time.Second, RetryMax: 2 * time.Minute, RetryJitter: 0.5, RetryInPlace: 3 * time.Second,
			BreakerFailures: 6, BreakerOpen: 7 * time.Second, AccountOpen: 8 * time.Second,
			AppOpen: 11 * time.Second, AppOpenMax: 12 * time.Second, DrainTimeout: 9 * time.Second,
			SealSeed: redact.NewSecret("SXAnother"), RequireSealed: true,
			ReplyAllow:  []string{"a.>", "b.*"},
			Classify:    map[string]worker.Class{"-28": worker.Transient, "-10": worker.Permanent},
			CallTimeout: 1500 * time.Millisecond,
		},
		Telemetry: telemetry.Config{Propagation: telemetry.PropagationLink, Provider: true},
		Local:     local{DataDir: "/var/otp", Listen: "127.0.0.1:4333", HTTP: ":9000", HTTPHosts: []string{"a.example", "b"}, HTTPToken: redact.NewSecret("0123456789abcdef"), LogLevel: -4, LogFormat: "json"},
	}
	if diff := cmp.Diff(want, got, sameSecret); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	for _, v := range variables() {
		if !slices.ContainsFunc(environ, func(kv string) bool { return strings.HasPrefix(kv, v.name+"=") }) {
			t.Errorf("%s is not in this test", v.name)
		}
	}
}

func TestSettingsSecretFiles(t *testing.T) {
	dir := t.TempDir()
	file := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	s, warnings, err := loadSettings([]string{
		"OTPWORKER_API_KEY_FILE=" + file("key", "the-key\r\n"), "OTPWORKER_API_SECRET_FILE=" + file("secret", " the-secret\n\n"),
	})
	if err != nil || len(warnings) > 0 {
		t.Fatal(err, warnings)
	}
	if got := s.Local.SecretFiles; len(got) != 2 || got[nameKey] != filepath.Join(dir, "key") || got[nameSecret] != filepath.Join(dir, "secret") {
		t.Errorf("files %v", got)
	}
	if key, secret := s.Provider.APIKey.Reveal(), s.Provider.APISecret.Reveal(); key != "the-key" || secret != "the-secret" {
		t.Errorf("key %q, secret %q", key, secret)
	}

	_, _, err = loadSettings([]string{
		"OTPWORKER_API_KEY_FILE=" + filepath.Join(dir, "none"),
		"OTPWORKER_API_SECRET=hunter2", "OTPWORKER_API_SECRET_FILE=" + filepath.Join(dir, "secret"),
	})
	wantFaults(t, err, "OTPWORKER_API_KEY_FILE: ", "OTPWORKER_API_SECRET: set as well as OTPWORKER_API_SECRET_FILE")
	if strings.Contains(err.Error(), "hunter2") {
		t.Errorf("a secret in %v", err)
	}
}

// Whatever is no text can be misspelt. The fault names the variable, shows a
// value that would do, and does not repeat the one that would not.
func TestSettingsFaultsNameTheVariable(t *testing.T) {
	var environ, want []string
	for _, v := range notText(t) {
		environ = append(environ, v.name+"=hunter2")
		want = append(want, v.name+": is not ")
	}
	_, _, err := loadSettings(environ)
	wantFaults(t, err, want...)
	for line := range strings.Lines(err.Error()) {
		if strings.Contains(line, "hunter2") || !strings.Contains(line, "(example ") {
			t.Errorf("fault %q", line)
		}
	}
}

func TestSettingsHTTPHosts(t *testing.T) {
	for _, name := range []string{"", "http://x", "a b", "x:8081", "*", "x/y", "-x", "x."} {
		s, _, err := loadSettings([]string{"OTPWORKER_HTTP_HOSTS=good.example," + name})
		wantFaults(t, errors.Join(err, s.Local.validate()), "OTPWORKER_HTTP_HOSTS: ")
	}
}

func wantFaults(t *testing.T, err error, prefixes ...string) {
	t.Helper()
	if err == nil {
		t.Fatal("no fault")
	}
	lines := strings.Split(err.Error(), "\n")
	if len(lines) != len(prefixes) {
		t.Fatalf("%d faults, want %d:\n%v", len(lines), len(prefixes), err)
	}
	for _, prefix := range prefixes {
		if !slices.ContainsFunc(lines, func(line string) bool { return strings.HasPrefix(line, prefix) }) {
			t.Errorf("no fault begins with %q:\n%v", prefix, err)
		}
	}
}

func TestSettingsWarnings(t *testing.T) {
	_, warnings, err := loadSettings([]string{"OTPWORKER_LOGLEVEL=debug", "OTPWORKER_NO_COLOR=1", "OTHER_LOGLEVEL=x", "OTPWORKER_API_KEYFILE=/k"})
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		"OTPWORKER_API_KEYFILE is set, but nothing reads it: is it misspelt?",
		"OTPWORKER_LOGLEVEL is set, but nothing reads it: is it misspelt?",
	}
	if diff := cmp.Diff(want, warnings); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestDataDir(t *testing.T) {
	t.Setenv("HOME", "/home/me")
	t.Setenv("XDG_DATA_HOME", "")
	if dir := dataDir(); dir != "/home/me/.local/share/otpworker" {
		t.Error(dir)
	}
	t.Setenv("XDG_DATA_HOME", "/data")
	if dir := dataDir(); dir != "/data/otpworker" {
		t.Error(dir)
	}
}

func TestVariablesAreDescribed(t *testing.T) {
	seen := map[string]bool{}
	for _, v := range variables() {
		if seen[v.name] {
			t.Errorf("%s is read twice", v.name)
		}
		seen[v.name] = true
		if v.desc == "" || v.example == "" {
			t.Errorf("%s: desc %q, example %q", v.name, v.desc, v.example)
		}
		if !strings.HasPrefix(v.name, envPrefix) && !strings.HasPrefix(v.name, "NATS_") {
			t.Errorf("%s: a name of nobody's", v.name)
		}
		if secret := slices.ContainsFunc([]string{"_KEY", "_SECRET", "_TOKEN", "_SEED"}, func(end string) bool { return strings.HasPrefix(v.name, envPrefix) && strings.HasSuffix(v.name, end) }); secret != slices.Contains(secretNames, v.name) {
			t.Errorf("%s: a secret that no file can hold", v.name)
		}
	}
}

// Every example can be set, and passes the checks.
func TestVariablesExamples(t *testing.T) {
	for _, v := range variables() {
		t.Run(v.name, func(t *testing.T) {
			environ := []string{"OTPWORKER_API_KEY=key", "OTPWORKER_API_SECRET=secret", v.name + "=" + v.example}
			if v.name == "NATS_CERT" || v.name == "NATS_KEY" {
				environ = append(environ, "NATS_CERT=/crt", "NATS_KEY=/key") // one goes with the other
			}
			if v.name == nameSeed { // a whole one would be copied
				environ[2] = v.name + "=SXAACAIBAEAQCAIBAEAQCAIBAEAQCAIBAEAQCAIBAEAQCAIBAEAQCAN4QM"
			}
			s, warnings, err := loadSettings(environ)
			if err != nil || len(warnings) > 0 {
				t.Fatal(err, warnings)
			}
			if err := s.forWorker(); err != nil {
				t.Error(err)
			}
		})
	}
}

// namedFaults finds the variable of a fault by the name of its Go field.
func TestVariablesThatCanFailHaveAFieldNameOfTheirOwn(t *testing.T) {
	fields := map[string]int{}
	for _, v := range variables() {
		fields[v.field]++
	}
	for _, v := range notText(t) {
		if fields[v.field] != 1 {
			t.Errorf("%s: %d variables have a field %s", v.name, fields[v.field], v.field)
		}
	}
}

// notText are the variables that env has to parse.
func notText(t *testing.T) (all []variable) {
	t.Helper()
	text := map[string]bool{}
	var walk func(reflect.Type, string)
	walk = func(group reflect.Type, prefix string) {
		for field := range group.Fields() {
			name := field.Tag.Get("env")
			switch {
			case name == "" && field.Type.Kind() == reflect.Struct:
				walk(field.Type, field.Tag.Get("envPrefix"))
			case field.Type.Kind() == reflect.String, field.Type == reflect.TypeFor[[]string](), field.Type == reflect.TypeFor[redact.Secret]():
				text[prefix+name] = true
			}
		}
	}
	walk(reflect.TypeFor[settings](), "")
	for _, v := range variables() {
		if !text[v.name] {
			all = append(all, v)
		}
	}
	if len(all) < 15 {
		t.Fatalf("only %d variables of a type that can fail", len(all))
	}
	return all
}

func TestVariablesDefaultsAreShownAsTheyAreWritten(t *testing.T) {
	for _, v := range variables() {
		if v.defaultValue == "" || strings.HasPrefix(v.defaultValue, "~") {
			continue
		}
		s, _, err := loadSettings([]string{v.name + "=" + v.defaultValue})
		if err != nil {
			t.Error(err)
		}
		if diff := cmp.Diff(defaultSettings(), s, sameSecret); diff != "" {
			t.Errorf("%s=%s is not the default (-default +got):\n%s", v.name, v.defaultValue, diff)
		}
	}
}

func TestShort(t *testing.T) {
	for d, want := range map[time.Duration]string{
		0: "0s", 30 * time.Second: "30s", time.Minute: "1m", 90 * time.Second: "1m30s", time.Hour: "1h",
		time.Hour + time.Second: "1h0m1s", 10 * time.Minute: "10m", 500 * time.Millisecond: "500ms",
	} {
		if got := short(d); got != want {
			t.Errorf("%s: %s, want %s", d, got, want)
		}
	}
}

func TestLocalListen(t *testing.T) {
	for listen, good := range map[string]bool{
		"127.0.0.1:4222": true, "[::1]:4222": true, "127.0.0.1:0": true,
		"": false, "4222": false, "127.0.0.1": false, "127.0.0.1:nats": false, "127.0.0.1:99999": false, "127.0.0.1:-1": false,
	} {
		err := local{Listen: listen, HTTP: "off", LogFormat: "auto"}.validate()
		if (err == nil) != good {
			t.Errorf("%q: %v", listen, err)
		}
		if err != nil && !strings.HasPrefix(err.Error(), "OTPWORKER_LISTEN: ") {
			t.Errorf("%q: %v does not begin with the variable", listen, err)
		}
	}
}
