package telemetry

import (
	"context"
	"time"
)

// Span is one piece of work within a trace: what one resource did for one
// request, or one step of that.
type Span struct {
	Trace  string // Root of its trace
	ID     string // 16 hexadecimal digits
	Parent string // the span that caused it; empty where the trace begins

	// Type is what kind of resource has worked, as CloudFormation names it
	// ("AWS::SQS::Queue"), and Name which one. A span without a Type is a step of
	// its parent's work, and Name says what is done.
	Type, Name string
	ARN        string
	Calls      string // of a step that calls another: "aws" or "remote"

	Account, Region string // whose resource, and where the trace is kept
	Start           time.Time
	End             time.Time // zero while the work is under way
	Operation       string    // "SendMessage"
	Request         string    // the request's id
	HTTP            HTTP
	Outcome         Outcome
	Code, Message   string // of the failure
	LogGroup        string // that has the log lines of the work
	Links           []Link
	Annotations     map[string]any // strings, float64s and bools, to find the trace by
	Steps           []Span         // their Trace and Parent are not read
}

// HTTP is what a span knows of the HTTP request that it answers or makes.
type HTTP struct {
	Method, URL         string
	ClientIP, UserAgent string
	Status              int
}

// Outcome is how work ended.
type Outcome uint8

// The outcomes, in the words of X-Ray.
const (
	OK       Outcome = iota
	Error            // the caller's fault
	Throttle         // it was too much
	Fault            // the callee's own fault
)

// Link names a span of another trace that this one goes on from, or that goes on
// from this one: a batch of messages is handled once, for many traces.
type Link struct {
	Trace, Span string
	// Onward tells that the other span comes after this one.
	Onward bool
}

// SpanStore keeps spans, as X-Ray does. They are of one account and region.
type SpanStore interface {
	RecordSpans(ctx context.Context, account, region string, spans []*Span) error
}

// Root is a trace that is about to begin: what sampling rules look at.
type Root struct {
	Account, Region string
	Name, Type, ARN string // of the first resource
	Method, Host    string // of the request, where there is one
	Path            string
}

// Rooted can tell what a trace would begin with. It is asked only where rules
// other than the default one have to be matched.
type Rooted interface {
	Root() Root
}
