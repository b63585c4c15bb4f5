// Package testenv runs a whole maru for a test: in the test's own process over
// a store in memory (New), or as the real program over a data folder, to be
// killed and started again (Process).
package testenv

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/smithy-go"

	"maru.dev/maru/call"
	"maru.dev/maru/clock"
	"maru.dev/maru/edge"
	"maru.dev/maru/internal/awshttp"
	"maru.dev/maru/kv"
	"maru.dev/maru/kv/kvtest"
	"maru.dev/maru/platform"
	"maru.dev/maru/service"
)

// What requests are made with.
const (
	Account = "000000000000"
	Region  = "us-east-1"
)

// Options vary a test's server.
type Options struct {
	Clock   clock.Clock     // nil: one that can be moved; see Advance
	DataDir string          // a folder in place of memory, for tests of a restart
	Mode    platform.Mode   // Developer
	Traces  platform.Traces // all
	Log     *slog.Logger    // nil: what is worse than information, into the test's log
	Limits  edge.Limits
	Disk    *kvtest.Disk // nil: one that never fails
	Mounts  func(d service.Deps, service func(id string) any) []edge.Mount
}

// Env is a server for one test.
type Env struct {
	Clients

	t        testing.TB
	platform *platform.Platform
}

// New starts a server with the services of regs. It ends with the test.
func New(tb testing.TB, regs ...service.Registration) *Env {
	tb.Helper()
	return NewWith(tb, Options{}, regs...)
}

// NewWith is New with options.
func NewWith(tb testing.TB, o Options, regs ...service.Registration) *Env {
	tb.Helper()
	if o.Log == nil {
		o.Log = slog.New(slog.NewTextHandler(tb.Output(), &slog.HandlerOptions{Level: slog.LevelWarn}))
	}
	if o.Limits.Grace == 0 {
		o.Limits.Grace = time.Second // a test that ends waits for nothing
	}
	var open func(ctx context.Context, o kv.Options) (*kv.Store, error)
	if o.Disk != nil {
		open = o.Disk.Open
	}
	p, err := platform.Open(tb.Context(), platform.Config{
		Listen: "127.0.0.1:0", DataDir: o.DataDir, Ephemeral: o.DataDir == "", Account: Account, Region: Region,
		Mode: o.Mode, Traces: o.Traces, Version: "test", Clock: o.Clock, Log: o.Log, Limits: o.Limits, Mounts: o.Mounts, OpenStore: open,
	}, regs)
	if err != nil {
		tb.Fatalf("start maru: %v", err)
	}
	e := &Env{t: tb, platform: p, Clients: newClients(p.URL())}
	tb.Cleanup(func() {
		e.Clients.close()
		if err := p.Close(); err != nil {
			tb.Errorf("close maru: %v", err)
		}
	})
	return e
}

// URL is the server's base address.
func (e *Env) URL() string { return e.platform.URL() }

// Platform is the server itself.
func (e *Env) Platform() *platform.Platform { return e.platform }

// Store is the server's store.
func (e *Env) Store() *kv.Store { return e.platform.Store() }

// Deps are what the services under test were given.
func (e *Env) Deps() service.Deps { return e.platform.Deps() }

// Caller is the way into operations from inside. Use Context for its calls.
func (e *Env) Caller() call.Caller { return e.platform.Caller() }

// Context is the test's context, in which the account's root calls.
func (e *Env) Context() context.Context { return Context(e.t.Context(), e.URL()) }

// Context returns a context in which the root of Account calls, for tests of
// a service without a server.
func Context(ctx context.Context, endpoint string) context.Context {
	return call.With(ctx, call.Info{
		Account: Account, Region: Region, Partition: "aws", RequestID: "00000000-0000-4000-8000-000000000000", Endpoint: endpoint,
		Principal: call.Principal{Kind: call.Root, Account: Account, ARN: "arn:aws:iam::" + Account + ":root", UserID: Account},
	})
}

// Clients are SDK clients of one server. Each client is the unmodified one of
// aws-sdk-go-v2, without retries.
type Clients struct {
	url       string
	transport *http.Transport
}

// newClients returns the clients of the server at url.
func newClients(url string) Clients {
	return Clients{url: url, transport: &http.Transport{MaxIdleConnsPerHost: 256}}
}

// close lets go of idle connections.
func (c Clients) close() { c.transport.CloseIdleConnections() }

// Config is the SDK's configuration, for clients made by the test itself.
func (c Clients) Config() aws.Config { return c.ConfigFor("test", Region) }

// ConfigFor is Config with another access key (12 digits name an account) and
// region.
func (c Clients) ConfigFor(accessKey, region string) aws.Config {
	return aws.Config{
		Region:       region,
		BaseEndpoint: aws.String(c.url),
		Credentials:  credentials.NewStaticCredentialsProvider(accessKey, "secret", ""),
		HTTPClient:   awshttp.Client(c.transport),
		Retryer:      func() aws.Retryer { return aws.NopRetryer{} },
	}
}

// HTTP is a client for requests that are not the SDK's.
func (c Clients) HTTP() *http.Client {
	return &http.Client{
		Transport:     c.transport,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// ErrorCode is the code of an error that a client has returned; "" for nil.
// An error that is not the service's gives its text, so that a comparison
// shows it.
func ErrorCode(err error) string {
	var api smithy.APIError
	switch {
	case err == nil:
		return ""
	case errors.As(err, &api):
		return api.ErrorCode()
	default:
		return "not an API error: " + err.Error()
	}
}

// ErrorMessage is the message of an error that a client has returned.
func ErrorMessage(err error) string {
	var api smithy.APIError
	if errors.As(err, &api) {
		return api.ErrorMessage()
	}
	if err != nil {
		return err.Error()
	}
	return ""
}
