// Package tracing tells of the requests to APIs as spans: one for the stage, and
// one for each step that calls something else.
package tracing

import (
	"net/http"
	"strings"
	"time"

	"maru.dev/maru/call"
	"maru.dev/maru/gateway/transfer"
	"maru.dev/maru/telemetry"
)

// Part is a request's part in a trace that is kept; its span is nil in one that is
// not.
type Part struct {
	tracer *telemetry.Tracer
	trace  telemetry.Trace // as what the stage does sees it
	span   *telemetry.Span
	open   *telemetry.Open
}

// Begin finds a request's place in its trace, as soon as it is known which stage
// it is for. What the request causes from now on follows in the trace: r and info
// are changed so.
func (p *Part) Begin(tracer *telemetry.Tracer, of telemetry.Rooted, r **http.Request, info *call.Info, began time.Time, id string) {
	trace, ok := telemetry.ParseTrace(info.TraceID)
	if tracer == nil || !ok {
		return
	}
	if trace.Open() {
		root := of.Root()
		trace = tracer.Decide(trace, root.Account, root.Region, root)
		info.TraceID = trace.String()
	}
	if !tracer.Wants(trace) {
		return
	}
	root := of.Root()
	p.tracer = tracer
	p.span = &telemetry.Span{
		Trace: trace.Root, ID: tracer.NewID(), Parent: trace.Parent, Type: root.Type, Name: root.Name, ARN: root.ARN,
		Account: root.Account, Region: root.Region, Start: began, Request: id,
		HTTP: telemetry.HTTP{
			Method: (*r).Method, URL: address(*r), ClientIP: info.SourceIP, UserAgent: (*r).UserAgent(),
		},
	}
	p.trace = trace.Under(p.span.ID)
	p.open = tracer.Start(p.span)
	carry(p.trace, r, info)
}

// address is what was asked for. What is in the query may be secret.
func address(r *http.Request) string {
	path, _, _ := strings.Cut(r.RequestURI, "?")
	return transfer.Scheme(r) + "://" + r.Host + path
}

// carry has whatever a request causes from now on follow in the trace.
func carry(trace telemetry.Trace, r **http.Request, info *call.Info) {
	info.TraceID = trace.String()
	*r = (*r).WithContext(call.With((*r).Context(), *info))
}

// Kept tells whether the request's trace is kept.
func (p *Part) Kept() bool { return p.span != nil }

// End is how a request or a step of it ended.
type End struct {
	Status        int // 0: there is no answer yet
	Code, Message string
	Operation     string         // what was called
	Annotations   map[string]any // to find the trace by
}

// Done tells of the request that has been answered. Its trace is kept.
func (p *Part) Done(e End) {
	s := *p.span
	s.End, s.HTTP.Status = p.tracer.Now(), e.Status
	s.Outcome, s.Code, s.Message, s.Operation, s.Annotations = graded(e.Status), e.Code, e.Message, e.Operation, e.Annotations
	p.open.End(&s)
}

// graded tells whose fault an answer is.
func graded(status int) telemetry.Outcome {
	switch {
	case status == http.StatusTooManyRequests:
		return telemetry.Throttle
	case status >= 500:
		return telemetry.Fault
	case status >= 400:
		return telemetry.Error
	}
	return telemetry.OK
}

// Step runs a step of the request: what it calls is the step's child. calls is
// "aws" or "remote". The request's trace is kept.
func (p *Part) Step(name, calls string, r **http.Request, info *call.Info, run func() End) {
	s := &telemetry.Span{
		Trace: p.trace.Root, ID: p.tracer.NewID(), Parent: p.span.ID, Name: name, Calls: calls,
		Account: p.span.Account, Region: p.span.Region, Start: p.tracer.Now(),
	}
	carry(p.trace.Under(s.ID), r, info)
	e := run()
	carry(p.trace, r, info)
	s.End = p.tracer.Now()
	if e.Status != 0 {
		s.HTTP.Status, s.Outcome, s.Message = e.Status, graded(e.Status), e.Message
	}
	p.tracer.Span(s)
}
