package client

import (
	"strings"
	"testing"
	"time"

	"github.com/otpworker/otpworker/schema/redact"
)

func validConfig() Config {
	cfg := DefaultConfig()
	cfg.APIKey, cfg.APISecret = redact.NewSecret("key"), redact.NewSecret("secret")
	return cfg
}

func TestValidateBaseURL(t *testing.T) {
	for raw, ok := range map[string]bool{
		"":                                  true, // the default
		"https://api.itniotech.com/otp":     true,
		"https://api.itniotech.com":         true,
		"http://localhost:8080/otp":         true,
		"http://127.0.0.1:8080/otp":         true,
		"http://[::1]/otp":                  true,
		"http://api.itniotech.com/otp":      false,
		"http://localhost.example.org/otp":  false,
		"https://u:hunter2@example.org/otp": false,
		"https://example.org/otp?x=hunter2": false,
		"https://example.org/otp#x":         false,
		"ftp://example.org":                 false,
		"https://":                          false,
		"https://:443":                      false,
		"api.itniotech.com":                 false,
		"https://exa mple.org/hunter2":      false,
		"https://exämple.org/otp":           false,
	} {
		cfg := validConfig()
		cfg.BaseURL = raw
		err := cfg.Validate()
		if (err == nil) != ok {
			t.Errorf("%q: ok %v, got %v", raw, ok, err)
		}
		if err != nil && (!strings.Contains(err.Error(), "OTPWORKER_PROVIDER_URL: ") || strings.Contains(err.Error(), "hunter2")) {
			t.Errorf("%q: the fault names no variable or shows a secret: %v", raw, err)
		}
	}
}

func TestValidateReportsAllAtOnce(t *testing.T) {
	err := Config{
		BaseURL:     "http://example.org",
		APISecret:   redact.NewSecret("hunter2 hunter2"),
		Timeout:     time.Hour,
		Concurrency: -1,
	}.Validate()
	if err == nil {
		t.Fatal("a config of faults is valid")
	}
	for _, want := range []string{
		"OTPWORKER_PROVIDER_URL: expects https://",
		"OTPWORKER_API_KEY: is required, for example",
		"OTPWORKER_API_SECRET: contains a blank",
		"OTPWORKER_CALL_TIMEOUT: 1h0m0s is outside 100ms to 1m0s, for example 8s",
		"client concurrency: -1 is negative",
	} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("lacks %q: %v", want, err)
		}
	}
	if strings.Contains(err.Error(), "hunter2") {
		t.Errorf("shows the secret: %v", err)
	}
}

func TestNewRefusesAnInvalidConfig(t *testing.T) {
	if _, err := New(Config{}); err == nil || !strings.HasPrefix(err.Error(), "configure client: OTPWORKER_API_KEY") {
		t.Fatalf("got %v", err)
	}
	long := validConfig()
	long.APIKey = redact.NewSecret(strings.Repeat("k", maxSecretLen+1))
	if _, err := New(long); err == nil {
		t.Fatal("a key that would split the header in two writes is accepted")
	}
}
