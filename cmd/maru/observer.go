package main

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"os"
	"time"

	"maru.dev/maru/client"
	"maru.dev/maru/clock"
	"maru.dev/maru/internal/awshttp"
)

// observer are the flags of the commands that look at what happens through
// AWS's own operations.
type observer struct {
	remote

	Key    string `help:"Access key; 12 digits name an account." default:"test" env:"AWS_ACCESS_KEY_ID" placeholder:"ID"`
	Secret string `help:"Secret key." default:"test" env:"AWS_SECRET_ACCESS_KEY" placeholder:"KEY"`
	Region string `help:"Region that is looked at." default:"us-east-1" env:"AWS_REGION,AWS_DEFAULT_REGION" placeholder:"NAME"`
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
