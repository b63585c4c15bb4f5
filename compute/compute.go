package compute

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"time"

	"maru.dev/maru/clock"
	"maru.dev/maru/ids"
)

// Limits that AWS sets on every function.
const (
	// MaxPayload is the largest buffered response: 6 MiB and a little for
	// headers, as AWS counts it.
	MaxPayload = 6*1024*1024 + 100
	// MaxStream is the largest streamed response.
	MaxStream = 200 * 1024 * 1024
	// InitLimit is how long an environment may take before it first asks for
	// work.
	InitLimit = 10 * time.Second

	maxProcesses = 1024
	maxOpenFiles = 1024
	tailSize     = 4096
)

// Errors that no function can cause.
var (
	// ErrClosed is returned once the pool is closed or reset.
	ErrClosed = errors.New("compute: pool is closed")
	// ErrBusy is returned when as many environments as the pool may have are
	// all at work.
	ErrBusy = errors.New("compute: every execution environment is busy")
)

// Function is one version of a function with its configuration: what an
// execution environment is made for.
type Function struct {
	Key   string // environments are shared by what has the same Key
	Owner string // what Retire names, usually the function's ARN

	Name, Version    string
	Account, Region  string
	Runtime, Handler string
	MemoryMB         int
	EphemeralMB      int
	Timeout          time.Duration
	Environment      map[string]string // the user's own variables
	Endpoint         string            // AWS_ENDPOINT_URL
	XRayDaemon       string            // AWS_XRAY_DAEMON_ADDRESS

	Provisioned bool // started before it was needed: see Warm

	LogGroup       string
	JSONLogs       bool
	AppLogLevel    string // "" is all
	SystemLogLevel string

	// Prepare is called at each cold start: it puts the code in place and
	// gets credentials.
	Prepare func(ctx context.Context) (Prepared, error)
}

// Prepared is what a cold start needs beside configuration.
type Prepared struct {
	TaskRoot    string // folder of the code
	Opt         string // folder of the merged layers, or ""
	Credentials Credentials
	Expires     time.Time // of the credentials; the environment ends before it
}

// Credentials are those of the function's role.
type Credentials struct{ AccessKeyID, SecretAccessKey, SessionToken string }

// Request is one invocation.
type Request struct {
	ID              string
	InvokedARN      string
	Payload         []byte
	ClientContext   string // JSON
	CognitoIdentity string // JSON
	TraceID         string // X-Amzn-Trace-Id value
	Tail            bool   // Result.LogTail is wanted

	// Taken, if set, is told the access key of the environment that is to run the
	// invocation, before that begins. Until the invocation ends it has no other.
	Taken func(accessKey string)

	// Stream, if set, receives the response as it comes, up to MaxStream;
	// Result.Payload then stays empty unless the function failed.
	Stream io.Writer
}

// Result is what became of an invocation. A function's own failure is a
// Result, not an error.
type Result struct {
	Payload       []byte
	FunctionError string // "Unhandled" when the function failed
	ErrorType     string // as the runtime names the failure
	ContentType   string
	LogTail       []byte // the last 4 KiB of the invocation's log
	LogStream     string
	Duration      time.Duration
	Init          time.Duration // of the environment's start, when this was its first invocation
	MaxMemoryMB   int
}

// Stream names one environment's log.
type Stream struct{ Account, Region, Group, Name string }

// Line is one event in a log.
type Line struct {
	At       time.Time
	Text     string
	Platform bool // it is the platform's, and not the function's
}

// Sink receives what environments write. It must not block for long: it is
// called between a function's answer and its caller.
type Sink interface {
	// Lines adds lines to a stream.
	Lines(s Stream, lines []Line)
	// End says that nothing more comes on a stream.
	End(s Stream)
}

// Options are what a Pool needs.
type Options struct {
	Dir    string // for bootstraps and the environments' own folders
	Driver string // "process" or "sandbox"; "" is "process"
	Helper string // a program whose main calls SandboxMain, for the sandbox
	Clock  clock.Clock
	IDs    ids.Source
	Log    *slog.Logger
	Sink   Sink

	IdleAfter time.Duration // 5 minutes when zero
	MaxIdle   int           // 64 when zero
	Max       int           // environments in all; 1,000 when zero
}

// withDefaults fills what o leaves open.
func (o Options) withDefaults() Options {
	if o.IdleAfter == 0 {
		o.IdleAfter = 5 * time.Minute
	}
	if o.MaxIdle == 0 {
		o.MaxIdle = 64
	}
	if o.Max == 0 {
		o.Max = 1000
	}
	if o.Driver == "" {
		o.Driver = "process"
	}
	return o
}
