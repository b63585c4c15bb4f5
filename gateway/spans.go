package gateway

import (
	"net/http"
	"strings"

	"maru.dev/maru/arn"
	"maru.dev/maru/call"
	"maru.dev/maru/telemetry"
)

// tracing is an exchange's part in a trace that is kept; its span is nil in one
// that is not.
type tracing struct {
	trace telemetry.Trace // as what the stage does sees it
	span  *telemetry.Span
	open  *telemetry.Open
}

// beginSpan finds the request's place in its trace, as soon as it is known which
// stage it is for.
func beginSpan(x *exchange) *reply {
	tracer := x.g.options.Traces
	trace, ok := telemetry.ParseTrace(x.info.TraceID)
	if tracer == nil || !ok {
		return nil
	}
	if trace.Open() {
		trace = tracer.Decide(trace, x.api.Account, x.api.Region, x)
		x.info.TraceID = trace.String()
	}
	if !tracer.Wants(trace) {
		return nil
	}
	root := x.Root()
	x.span = &telemetry.Span{
		Trace: trace.Root, ID: tracer.NewID(), Parent: trace.Parent, Type: root.Type, Name: root.Name, ARN: root.ARN,
		Account: x.api.Account, Region: x.api.Region, Start: x.began, Request: x.id,
		HTTP: telemetry.HTTP{
			Method: x.r.Method, URL: x.requestURL(), ClientIP: x.info.SourceIP, UserAgent: x.r.UserAgent(),
		},
	}
	x.trace = trace.Under(x.span.ID)
	x.open = tracer.Start(x.span)
	x.carry(x.trace)
	return nil
}

// Root implements telemetry.Rooted.
func (x *exchange) Root() telemetry.Root {
	return telemetry.Root{
		Account: x.api.Account, Region: x.api.Region, Type: "AWS::ApiGateway::Stage", Name: x.api.Name + "/" + x.stage.StageName,
		ARN:    "arn:aws:apigateway:" + x.api.Region + "::/apis/" + x.api.ID + "/stages/" + x.stage.StageName,
		Method: x.r.Method, Host: x.host(), Path: x.path,
	}
}

// requestURL is the address that was asked for. What is in the query may be
// secret.
func (x *exchange) requestURL() string {
	path, _, _ := strings.Cut(x.r.RequestURI, "?")
	scheme := "http://"
	if x.r.TLS != nil {
		scheme = "https://"
	}
	return scheme + x.r.Host + path
}

// carry has whatever the request causes from now on follow in the trace.
func (x *exchange) carry(trace telemetry.Trace) {
	x.info.TraceID = trace.String()
	x.r = x.r.WithContext(call.With(x.r.Context(), x.info))
}

// endSpan tells of the request that has been answered.
func (x *exchange) endSpan(answer *reply) {
	if x.span == nil {
		return
	}
	s := *x.span
	s.End, s.HTTP.Status = x.g.options.Traces.Now(), answer.status
	s.Outcome, s.Code, s.Message = graded(answer.status), answer.kind(), x.integrationError
	if x.route != nil {
		s.Annotations = map[string]any{"route": x.route.key.String()}
		s.Operation = x.route.key.String()
	}
	x.open.End(&s)
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

// step runs a step of a traced request: what it calls is the step's child.
func (x *exchange) step(name, calls string, run func() *reply) *reply {
	if x.span == nil {
		return run()
	}
	tracer := x.g.options.Traces
	s := &telemetry.Span{
		Trace: x.trace.Root, ID: tracer.NewID(), Parent: x.span.ID, Name: name, Calls: calls,
		Account: x.api.Account, Region: x.api.Region, Start: tracer.Now(),
	}
	x.carry(x.trace.Under(s.ID))
	answer := run()
	x.carry(x.trace)
	s.End = tracer.Now()
	if answer != nil {
		s.HTTP.Status, s.Outcome, s.Message = answer.status, graded(answer.status), x.integrationError
	}
	tracer.Span(s)
	return answer
}

// callee is what an integration calls, as the name of a step.
func (i *integrationPlan) callee() (name, calls string) {
	if i.subtype != nil {
		return i.subtype.Service, "aws"
	}
	uri := value(i.IntegrationUri)
	if strings.HasPrefix(uri, "arn:") {
		if a, err := arn.Parse(uri); err == nil && a.Service == "servicediscovery" {
			return a.Resource, "remote"
		}
		return "Lambda", "aws"
	}
	_, rest, _ := strings.Cut(uri, "://")
	host, _, _ := strings.Cut(rest, "/")
	return host, "remote"
}
