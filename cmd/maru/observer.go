package main

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"os"
	"time"

	"github.com/spf13/cobra"

	"maru.dev/maru/client"
	"maru.dev/maru/clock"
	"maru.dev/maru/cmd/maru/cli"
	"maru.dev/maru/internal/awshttp"
)

// observer is what the commands are told that look at what happens through AWS's
// own operations.
type observer struct {
	remote

	Key, Secret, Region string
}

// flags are those of every such command.
func (c *observer) flags() []cli.Flag {
	return append(c.remote.flags(), []cli.Flag{
		{
			Name: "key", Shown: "ID", Value: cli.Text(&c.Key, "test"), Env: "AWS_ACCESS_KEY_ID",
			Help: "Access key; 12 digits name an account.",
		}, {
			Name: "secret", Shown: "KEY", Value: cli.Text(&c.Secret, "test"), Env: "AWS_SECRET_ACCESS_KEY",
			Help: "Secret key.",
		}, {
			Name: "region", Shown: "NAME", Value: cli.Text(&c.Region, "us-east-1"), Env: "AWS_REGION AWS_DEFAULT_REGION",
			Help: "Region that is looked at.",
		},
	}...)
}

// caller calls operations of the running maru.
func (c *observer) caller() (*client.Client, error) {
	if at, err := url.Parse(c.Endpoint); err != nil || at.Host == "" {
		return nil, fmt.Errorf("address %q: want a URL such as http://%s", c.Endpoint, defaultListen)
	}
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.Proxy = nil
	return &client.Client{
		Endpoint: c.Endpoint, Key: c.Key, Secret: c.Secret, Token: os.Getenv("AWS_SESSION_TOKEN"), Region: c.Region,
		HTTP: awshttp.Client(transport), Clock: clock.System{},
	}, nil
}

// ahead is how far the server's clock is ahead of this machine's: it may have
// been moved, and decides what is recent.
func (c *observer) ahead(t *terminal) (time.Duration, error) {
	var h health
	if err := c.get(t, "/_maru/health", &h); err != nil {
		return 0, err
	}
	at, err := time.Parse(time.RFC3339Nano, h.Time)
	if err != nil {
		return 0, fmt.Errorf("time of %s: %w", c.Endpoint, err)
	}
	return at.Sub(clock.System{}.Now()), nil
}

// serverNow is the server's time.
func (c *observer) serverNow(t *terminal) (time.Time, error) {
	ahead, err := c.ahead(t)
	return clock.System{}.Now().Add(ahead), err
}

// observes makes what cobra runs of a command that looks.
func (t *terminal) observes(c *observer, look func(*terminal) error) func(*cobra.Command, []string) error {
	return t.does(func(t *terminal) error { return c.explained(t, look(t)) })
}

// explained says in its own words that nobody answers, and nothing where the
// terminal has gone.
func (c *observer) explained(t *terminal, err error) error {
	if t.Err() != nil {
		return nil //nolint:nilerr // Ctrl-C is how following ends
	}
	var network *net.OpError
	if errors.As(err, &network) && network.Op == "dial" {
		return fmt.Errorf("no maru answers at %s (is it up? start it with: maru up): %w", c.Endpoint, network)
	}
	return err
}

// pause waits, or is false when the terminal is gone.
func pause(t *terminal, d time.Duration) bool {
	timer := clock.System{}.NewTimer(d)
	defer timer.Stop()
	select {
	case <-t.Done():
		return false
	case <-timer.C():
		return true
	}
}

// brief is a duration as people read it: three digits or so, and a unit.
func brief(d time.Duration) string {
	switch {
	case d < 0:
		return "-" + brief(-d)
	case d < time.Millisecond:
		return fmt.Sprintf("%.2fms", d.Seconds()*1000)
	case d < 10*time.Millisecond:
		return fmt.Sprintf("%.1fms", d.Seconds()*1000)
	case d < time.Second:
		return fmt.Sprintf("%.0fms", d.Seconds()*1000)
	case d < time.Minute:
		return fmt.Sprintf("%.2fs", d.Seconds())
	}
	return d.Round(time.Second).String()
}
