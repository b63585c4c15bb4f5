package platform

import (
	"context"
	"crypto/tls"
	"fmt"
	"log/slog"
	"net"
	"os"
	"strings"
	"time"

	"maru.dev/maru/auth"
	"maru.dev/maru/clock"
	"maru.dev/maru/edge"
	"maru.dev/maru/kv"
	"maru.dev/maru/service"
)

// Mode is how strangers are met.
type Mode string

// The modes.
const (
	Developer Mode = "developer" // any key is good; loopback only
	Enforcing Mode = "enforcing" // signatures are proved, policies deny by default
)

// Traces says which traces are kept.
type Traces string

// The choices.
const (
	NoTraces      Traces = "off"
	SampledTraces Traces = "sampled" // as X-Ray's sampling rules say
	AllTraces     Traces = "all"     // every one, up to a rate that a person can look at
)

// Config says what a platform is to be. Zero fields take the defaults.
type Config struct {
	Listen    string // host:port; 127.0.0.1:4566. Port 0 takes a free one
	DataDir   string // the data folder; needed unless Ephemeral
	Ephemeral bool   // keep everything in memory
	Account   string // 000000000000
	Region    string // us-east-1
	Mode      Mode   // Developer
	Version   string
	TLS       *tls.Config  // nil: plain HTTP
	Clock     clock.Clock  // a clock.Adjustable in developer mode, else the machine's
	Time      time.Time    // where a movable clock is to stand; zero: where the data folder was left
	Log       *slog.Logger // nil: none
	Traces    Traces       // all in developer mode, else sampled
	// XRayDaemon is the address of the daemon that X-Ray SDKs talk to; empty: none.
	// Where XRayOptional is set, a port that is taken is none, too.
	XRayDaemon   string
	XRayOptional bool
	Limits       edge.Limits
	// TelemetryToken lets in who reads and adds telemetry (/_maru/metrics, OTLP).
	// Without one developer mode lets anybody, and enforcing mode nobody.
	TelemetryToken string
	OTLP           OTLP
	Cache          int64  // bytes of the store that are kept in memory; 0: as much as kv says
	SMTP           string // [user:password@]host:port that e-mail is passed on to; empty: none
	// ProfileOn is the signal that has profiles written into the folder profiles of
	// the data folder, or of an ephemeral platform's temporary one; nil: none.
	ProfileOn os.Signal
	// OpenStore opens the store, for tests of disks that fail; nil is kv.Open.
	OpenStore func(ctx context.Context, o kv.Options) (*kv.Store, error)
	// Mounts makes the data planes, once the services are there. service finds
	// what implements one by its name, or nil.
	Mounts func(d service.Deps, service func(id string) any) []edge.Mount
}

// withDefaults fills in what c leaves open, and refuses what cannot be.
func (c Config) withDefaults() (Config, error) {
	if c.Listen == "" {
		c.Listen = "127.0.0.1:4566"
	}
	if c.Account == "" {
		c.Account = "000000000000"
	}
	if c.Region == "" {
		c.Region = "us-east-1"
	}
	if c.Mode == "" {
		c.Mode = Developer
	}
	if c.Traces == "" {
		c.Traces = AllTraces
		if c.Mode != Developer {
			c.Traces = SampledTraces
		}
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	if c.OpenStore == nil {
		c.OpenStore = kv.Open
	}
	c.Limits = c.Limits.WithDefaults()
	switch {
	case !auth.IsAccount(c.Account):
		return c, fmt.Errorf("account %q: want 12 digits", c.Account)
	case strings.ContainsAny(c.Region, " /.:") || len(c.Region) > 32:
		return c, fmt.Errorf("region %q: want a name such as us-east-1", c.Region)
	case !c.Ephemeral && c.DataDir == "":
		return c, fmt.Errorf("no data folder named, and the platform is not to be ephemeral")
	case !c.Time.IsZero() && (c.Time.Unix() < 0 || c.Time.After(clock.Latest())):
		return c, fmt.Errorf("time %s: want one from 1970 until %s", c.Time.Format(time.RFC3339), clock.Latest().Format(time.RFC3339))
	case c.Mode == Developer && !loopback(c.Listen):
		return c, fmt.Errorf("listen on %s: developer mode accepts any key, so it serves this machine alone; "+
			"name a loopback address such as 127.0.0.1:4566, or use `maru serve`, which checks signatures", c.Listen)
	}
	return c, nil
}

// loopback tells whether an address is of this machine alone.
func loopback(address string) bool {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return false
	}
	if host == "localhost" {
		return true
	}
	ip := net.ParseIP(host)
	return ip != nil && ip.IsLoopback()
}
