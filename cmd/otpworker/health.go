package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"
)

// healthTimeout is how long a worker may take to say how it is.
const healthTimeout = 3 * time.Second

func healthCommand() *cobra.Command {
	var ready bool
	cmd := &cobra.Command{
		Use:   "health",
		Short: "Ask the worker on this machine how it is",
		Long: `Ask the operator's port of the worker on this machine (OTPWORKER_HTTP): is it
alive? With --ready: does it take jobs, or would if the provider let it? It prints
ok, or why not, and is what the image's HEALTHCHECK runs.

Exit codes:
  0  ok
  1  it is not, or nobody answers
  2  wrong flags or configuration, or the port is off`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return checkHealth(cmd.Context(), cmd.OutOrStdout(), ready)
		},
	}
	cmd.Flags().BoolVar(&ready, "ready", false, "ask whether it is ready, not only alive")
	return cmd
}

func checkHealth(ctx context.Context, out io.Writer, ready bool) error {
	s, _, _ := loadSettings(os.Environ()) // the worker itself tells of the others' faults
	if s.Local.HTTP == httpOff {
		return fail(exitUsage, fmt.Errorf("%sHTTP is off: there is nobody to ask", envPrefix))
	}
	url, err := healthURL(s.Local.HTTP, ready)
	if err != nil {
		return fail(exitUsage, err)
	}
	answer, err := askHealth(ctx, url)
	if err != nil {
		return fail(exitFailed, err)
	}
	_, err = fmt.Fprintln(out, answer)
	return fail(exitFailed, err)
}

// healthURL is where a port is asked from the same machine.
func healthURL(addr string, ready bool) (string, error) {
	host, port, err := net.SplitHostPort(addr)
	if err != nil || !isPort(port) {
		return "", fmt.Errorf("%sHTTP: %q is not host:port or off (example 127.0.0.1:8082)", envPrefix, addr)
	}
	if ip := net.ParseIP(host); host == "" || ip != nil && ip.IsUnspecified() {
		if host = "127.0.0.1"; ip != nil && ip.To4() == nil {
			host = "::1"
		}
	}
	path := "/healthz"
	if ready {
		path = "/readyz"
	}
	return "http://" + net.JoinHostPort(host, port) + path, nil
}

// maxHealth bounds the answer that is read.
const maxHealth = 4 << 10

func askHealth(ctx context.Context, url string) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, healthTimeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, http.NoBody)
	if err != nil {
		return "", err
	}
	// Whatever proxy the environment names: this machine is asked itself.
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	resp, err := client.Do(req)
	if err != nil {
		return "", fmt.Errorf("ask the worker: %w", err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxHealth))
	answer := strings.TrimSpace(string(body))
	switch {
	case err != nil:
		return "", fmt.Errorf("ask the worker: %w", err)
	case resp.StatusCode == http.StatusServiceUnavailable:
		return "", errors.New(answer)
	case resp.StatusCode != http.StatusOK:
		return "", fmt.Errorf("ask the worker: %s answers %s: is it another program?", url, resp.Status)
	}
	return answer, nil
}
