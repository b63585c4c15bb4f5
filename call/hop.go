package call

import (
	"errors"
	"strings"
	"time"

	"maru.dev/maru/telemetry"
	"maru.dev/maru/wire"
)

// Carrier is a service whose inputs may carry a trace of their own, as a message
// does in AWSTraceHeader. A call that names no trace otherwise goes on in that.
type Carrier interface {
	Carried(in any) (header string)
}

// hop is a call's place in its trace.
type hop struct {
	trace telemetry.Trace // as the caller has it
	span  string          // the call's own
	told  bool            // the call becomes a span
	asked *telemetry.HTTP
}

// enter finds a call's place in its trace: the one that its caller names, or one
// that begins here. The calls that it makes will be its children.
func (d *Door) enter(v *visit, began time.Time) hop {
	h := hop{span: d.options.IDs.Hex(16), asked: v.info.asked}
	v.info.asked = nil // the calls that it makes answer nothing
	header := v.info.TraceID
	if header == "" && v.desk.carrier != nil && v.in != nil {
		header = v.desk.carrier.Carried(v.in)
	}
	var ok bool
	if h.trace, ok = telemetry.ParseTrace(header); !ok {
		h.trace = telemetry.NewTrace(began, d.options.IDs)
	}
	tracer := d.options.Traces
	if h.trace.Open() {
		if !v.inside && v.kind() == causes {
			h.trace = tracer.Decide(h.trace, v.info.Account, v.info.Region, v)
		} else {
			h.trace = h.trace.Decided(false)
		}
	}
	h.told = tracer.Wants(h.trace) && v.hops()
	v.info.TraceID = h.trace.Under(h.span).String()
	return h
}

// hops tells whether a call is a hop of its trace. What a service of ours asks of
// another for itself is none, nor is what somebody tells of their work: of the
// platform's own lines in logs, only those that a rule sends are.
func (v *visit) hops() bool {
	switch {
	case v.desk.model.ID == "xray":
		return false
	case v.inside && v.desk.model.ID == "logs":
		return v.info.Principal.Service == "events.amazonaws.com" && v.kind() == works
	}
	return !v.inside || v.info.Principal.Kind != Service || v.kind() != other
}

// Root implements telemetry.Rooted.
func (v *visit) Root() telemetry.Root {
	n := nodeOf(v)
	return telemetry.Root{
		Account: v.info.Account, Region: v.info.Region, Name: n.name, Type: n.kind, ARN: n.arn,
		Method: v.op.Method, Path: v.op.Path, Host: v.desk.model.EndpointPrefix,
	}
}

// tell makes a span of a call that has ended.
func (d *Door) tell(v *visit, h hop, out any, err error, began, ended time.Time) {
	n := nodeOf(v)
	s := &telemetry.Span{
		Trace: h.trace.Root, ID: h.span, Parent: h.trace.Parent, Type: n.kind, Name: n.name, ARN: n.arn,
		Account: v.info.Account, Region: v.info.Region, Start: began, End: ended,
		Operation: v.op.Name, Request: v.info.RequestID, HTTP: telemetry.HTTP{Status: 200},
	}
	if h.asked != nil {
		s.HTTP = *h.asked
		s.HTTP.Status = 200
	}
	if err != nil {
		s.HTTP.Status, s.Code, _ = outcome(err)
		s.Outcome, s.Message = graded(s.HTTP.Status, s.Code), messageOf(err)
	} else if n.failed != nil && n.failed(out) {
		s.Outcome = telemetry.Fault
	}
	if n.step {
		if s.Parent == "" {
			return // what was called tells of itself, and nobody of the trace has called
		}
		s.Type, s.Calls = "", "aws"
	}
	d.options.Traces.Span(s)
	for _, more := range n.more {
		next := *s
		next.ID, next.Name, next.ARN = d.options.IDs.Hex(16), more.name, more.arn
		d.options.Traces.Span(&next)
	}
}

// graded tells whose fault an error is.
func graded(status int, code string) telemetry.Outcome {
	switch {
	case status == 429, strings.Contains(code, "Throttl"), strings.HasPrefix(code, "TooManyRequests"),
		strings.HasPrefix(code, "ProvisionedThroughputExceeded"), strings.HasPrefix(code, "RequestLimitExceeded"), code == "SlowDown":
		return telemetry.Throttle
	case status >= 500:
		return telemetry.Fault
	}
	return telemetry.Error
}

// messageOf is what an error tells its caller.
func messageOf(err error) string {
	if known, ok := errors.AsType[wire.Error](err); ok {
		return known.ErrorMessage()
	}
	return ""
}
