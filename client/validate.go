package client

import (
	"errors"
	"fmt"
	"net"
	"net/url"
	"strings"

	"github.com/otpworker/otpworker/schema/redact"
)

// maxSecretLen is far more than any key has.
const maxSecretLen = 256

// Validate reports every fault at once, each by the name of the environment
// variable that caused it, with an example. Zero values stand for defaults and
// are no fault, except for the key and the secret. No fault shows a secret.
func (c Config) Validate() error {
	c = c.withDefaults()
	var faults []error
	add := func(name, format string, args ...any) {
		faults = append(faults, fmt.Errorf("OTPWORKER_%s: %s", name, fmt.Sprintf(format, args...)))
	}
	if fault := checkBaseURL(c.BaseURL); fault != "" {
		add("PROVIDER_URL", "%s, for example %s", fault, DefaultBaseURL)
	}
	if fault := checkSecret(c.APIKey); fault != "" {
		add("API_KEY", "%s, for example bDqJFiq9", fault)
	}
	if fault := checkSecret(c.APISecret); fault != "" {
		add("API_SECRET", "%s, for example 7bz1lzh9", fault)
	}
	if c.Timeout < minTimeout || c.Timeout > maxTimeout {
		add("CALL_TIMEOUT", "%s is outside %s to %s, for example 8s", c.Timeout, minTimeout, maxTimeout)
	}
	if c.Concurrency < 0 {
		faults = append(faults, fmt.Errorf("client concurrency: %d is negative, for example 64", c.Concurrency))
	}
	return errors.Join(faults...)
}

// checkBaseURL does not echo the URL: somebody may have put a password in it.
func checkBaseURL(raw string) string {
	u, err := url.Parse(raw)
	switch {
	case err != nil || u.Host == "" || u.Hostname() == "":
		return "expects a URL with scheme and host"
	case strings.IndexFunc(u.Host, notVisible) >= 0:
		return "must have its host in ASCII (xn--...)"
	case u.User != nil:
		return "must not contain a user or password"
	case u.RawQuery != "" || u.Fragment != "":
		return "must not contain a query or fragment"
	case u.Scheme == "https":
		return ""
	case u.Scheme != "http":
		return "expects https://"
	case !isLoopback(u.Hostname()):
		return "expects https://; http:// is for loopback hosts only, since it shows code, number and signature to the network"
	}
	return ""
}

func isLoopback(host string) bool {
	if strings.EqualFold(host, "localhost") {
		return true
	}
	ip := net.ParseIP(host)
	return ip != nil && ip.IsLoopback()
}

// checkSecret wants visible ASCII: anything else in the key breaks the HTTP
// header, and in either of them it comes from a broken copy.
func checkSecret(s redact.Secret) string {
	v := s.Reveal()
	switch {
	case v == "":
		return "is required"
	case len(v) > maxSecretLen:
		return fmt.Sprintf("is longer than %d characters", maxSecretLen)
	case strings.IndexFunc(v, notVisible) >= 0:
		return "contains a blank, a control character or one outside ASCII"
	}
	return ""
}

func notVisible(r rune) bool { return r <= ' ' || r > '~' }
