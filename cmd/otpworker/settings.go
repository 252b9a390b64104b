package main

import (
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/caarlos0/env/v11"

	"github.com/otpworker/otpworker/client"
	"github.com/otpworker/otpworker/schema/redact"
	"github.com/otpworker/otpworker/worker"
	"github.com/otpworker/otpworker/worker/console"
	"github.com/otpworker/otpworker/worker/queue"
	"github.com/otpworker/otpworker/worker/secretfile"
	"github.com/otpworker/otpworker/worker/telemetry"
)

const envPrefix = "OTPWORKER_"

// settings is everything that is configured, all of it by environment
// variables: the tags stand at the packages' own Config fields.
type settings struct {
	Queue     queue.Config
	Provider  client.Config    `envPrefix:"OTPWORKER_"`
	Worker    worker.Config    `envPrefix:"OTPWORKER_"`
	Telemetry telemetry.Config `envPrefix:"OTPWORKER_"`
	Local     local            `envPrefix:"OTPWORKER_"`
}

// local is what concerns this process only.
type local struct {
	// DataDir holds the embedded server's streams.
	DataDir string `env:"DATA_DIR" desc:"folder of the embedded server's streams" example:"/var/lib/otpworker"`
	// Listen is where the embedded server listens for apps.
	Listen string `env:"LISTEN" desc:"address of the embedded server, for apps on this machine" example:"127.0.0.1:4222"`
	// HTTP is where the operator's port listens: health and statistics.
	HTTP string `env:"HTTP" desc:"address of the operator's port (the page, health, statistics), or off" example:"127.0.0.1:8082"`
	// HTTPHosts are the names under which the operator's port answers.
	HTTPHosts []string `env:"HTTP_HOSTS" desc:"names under which the operator's port answers, comma separated, besides addresses and localhost; unset: none over loopback, else any" example:"otpworker.example.com"`
	// HTTPToken lets a reader of the page act.
	HTTPToken redact.Secret `env:"HTTP_TOKEN" desc:"what an operator gives to act on the page, at least 16 characters; unset: the page is read-only" example:"3f9c1d7ab2e84650"`
	// LogLevel is the least level that is logged.
	LogLevel slog.Level `env:"LOG_LEVEL" desc:"debug, info, warn or error" example:"debug"`
	// LogFormat is text, json, or auto: text on a terminal, else json.
	LogFormat string `env:"LOG_FORMAT" desc:"auto, text or json; auto is text on a terminal" example:"json"`

	// SecretFiles are the files that secrets were read from, by the secret's name:
	// run reads them again.
	SecretFiles map[string]string
}

func defaultSettings() settings {
	return settings{
		Queue:     queue.DefaultConfig(),
		Provider:  client.DefaultConfig(),
		Worker:    worker.DefaultConfig(),
		Telemetry: telemetry.DefaultConfig(),
		Local:     local{DataDir: dataDir(), Listen: "127.0.0.1:4222", HTTP: defaultHTTP, LogFormat: "auto"},
	}
}

// dataDir is where a program keeps its data on this system, so that the queue
// is found again from whatever folder the worker is started.
func dataDir() string {
	if dir := os.Getenv("XDG_DATA_HOME"); dir != "" {
		return filepath.Join(dir, "otpworker")
	}
	home, err := os.UserHomeDir()
	if err != nil {
		return "otpworker-data"
	}
	return filepath.Join(home, ".local", "share", "otpworker")
}

// loadSettings reads the environment. It reports every fault at once; warnings
// are about variables that nothing reads.
func loadSettings(environ []string) (s settings, warnings []string, err error) {
	vars := map[string]string{}
	for _, kv := range environ {
		name, value, _ := strings.Cut(kv, "=")
		vars[name] = value
	}
	files, fileFaults := readSecretFiles(vars)
	s = defaultSettings()
	s.Local.SecretFiles = files
	parseFaults := namedFaults(env.ParseWithOptions(&s, env.Options{Environment: vars}))
	s.Worker.CallTimeout, s.Worker.NumberKey = s.Provider.Timeout, s.Provider.APISecret
	s.Provider.Concurrency = s.Worker.Slots()
	return s, unread(vars), errors.Join(append(fileFaults, parseFaults...)...)
}

// secretNames may also be given as the path of a file in <name>_FILE.
var secretNames = []string{nameKey, nameSecret, nameSeed, nameToken}

const (
	nameKey    = envPrefix + "API_KEY"
	nameSecret = envPrefix + "API_SECRET"
	nameSeed   = envPrefix + "SEAL_SEED"
	nameToken  = envPrefix + "HTTP_TOKEN"
)

func readSecretFiles(vars map[string]string) (files map[string]string, faults []error) {
	for _, name := range secretNames {
		path := vars[name+"_FILE"]
		if path == "" {
			continue
		}
		if vars[name] != "" {
			faults = append(faults, fmt.Errorf("%s: set as well as %s_FILE: set one", name, name))
			continue
		}
		found, err := secretfile.ReadAll([]string{path})
		if err != nil {
			faults = append(faults, fmt.Errorf("%s_FILE: %w", name, err))
			continue
		}
		if files == nil {
			files = map[string]string{}
		}
		files[name], vars[name] = path, found[0].Reveal()
	}
	return files, faults
}

// namedFaults turns env's faults, which name a Go field and quote its value,
// into ones that name the variable and quote nothing.
func namedFaults(err error) (faults []error) {
	var all env.AggregateError
	if !errors.As(err, &all) {
		if err != nil {
			faults = append(faults, err)
		}
		return faults
	}
	byField := map[string]variable{}
	for _, v := range variables() {
		byField[v.field] = v
	}
	for _, fault := range all.Errors {
		var parse env.ParseError
		if !errors.As(fault, &parse) {
			faults = append(faults, fault)
			continue
		}
		v := byField[parse.Name]
		if v.kind == anyValue {
			faults = append(faults, fmt.Errorf("%s: is not a valid value: %s (example %s)", v.name, v.desc, v.example))
			continue
		}
		faults = append(faults, fmt.Errorf("%s: is not %s (example %s)", v.name, v.kind, v.example))
	}
	return faults
}

// unread lists the variables with our prefix that nothing reads: typos.
func unread(vars map[string]string) (warnings []string) {
	known := map[string]bool{envPrefix + "NO_COLOR": true}
	for _, v := range variables() {
		known[v.name] = true
	}
	for _, name := range secretNames {
		known[name+"_FILE"] = true
	}
	for _, name := range slices.Sorted(maps.Keys(vars)) {
		if strings.HasPrefix(name, envPrefix) && !known[name] {
			warnings = append(warnings, name+" is set, but nothing reads it: is it misspelt?")
		}
	}
	return warnings
}

// forWorker checks all that a worker needs.
func (s settings) forWorker() error {
	return errors.Join(s.Queue.Validate(), s.Provider.Validate(), s.Worker.Validate(), s.Worker.CheckTimes(s.Queue.AckWait), s.Telemetry.Validate(), s.Local.validate())
}

// missingFiles names the files of the connection that cannot be read.
func (s settings) missingFiles() error {
	var faults []error
	for _, file := range [][2]string{
		{"NATS_CREDS", s.Queue.Creds}, {"NATS_NKEY", s.Queue.NKey}, {"NATS_CERT", s.Queue.Cert}, {"NATS_KEY", s.Queue.Key}, {"NATS_CA", s.Queue.CA},
	} {
		if _, err := os.Stat(file[1]); file[1] != "" && err != nil {
			faults = append(faults, fmt.Errorf("%s: %w", file[0], err))
		}
	}
	return errors.Join(faults...)
}

func (l local) validate() error {
	var faults []error
	// The embedded server asks nobody for a password: it stays on this machine.
	if host, port, err := net.SplitHostPort(l.Listen); err != nil || !isPort(port) || !isLoopback(host) {
		faults = append(faults, fmt.Errorf("%sLISTEN: %q is not a loopback host:port (example 127.0.0.1:4222); for apps on other machines run a NATS server and set NATS_URL", envPrefix, l.Listen))
	}
	if _, port, err := net.SplitHostPort(l.HTTP); l.HTTP != httpOff && (err != nil || !isPort(port)) {
		faults = append(faults, fmt.Errorf("%sHTTP: %q is not host:port or off (example 127.0.0.1:8082; :8081 for every address of this machine)", envPrefix, l.HTTP))
	}
	for _, name := range l.HTTPHosts {
		if !hostName.MatchString(name) {
			faults = append(faults, fmt.Errorf("%sHTTP_HOSTS: %s is not a name without port and path (example otpworker.example.com,otpworker)", envPrefix, typed(name)))
		}
	}
	if n := len(l.HTTPToken.Reveal()); n > 0 && n < console.MinToken {
		faults = append(faults, fmt.Errorf("%sHTTP_TOKEN: has %d characters, must have at least %d (make one with: openssl rand -hex 16)", envPrefix, n, console.MinToken))
	}
	switch l.LogFormat {
	case "auto", "text", "json":
	default:
		faults = append(faults, fmt.Errorf("%sLOG_FORMAT: %q is not auto, text or json (example json)", envPrefix, l.LogFormat))
	}
	return errors.Join(faults...)
}

var hostName = regexp.MustCompile(`^[A-Za-z0-9]([A-Za-z0-9_.-]*[A-Za-z0-9])?$`)

func isLoopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

func isPort(s string) bool {
	_, err := strconv.ParseUint(s, 10, 16)
	return err == nil
}
