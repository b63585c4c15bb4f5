package rest

import (
	"strings"

	api "maru.dev/maru/api/apigateway"
	"maru.dev/maru/gateway/rest/awsrequest"
	"maru.dev/maru/gateway/tracing"
	"maru.dev/maru/gateway/transfer"
	"maru.dev/maru/telemetry"
)

// beginSpan finds the request's place in its trace, as soon as it is known which
// stage it is for.
func beginSpan(x *exchange) *reply {
	x.span.Begin(x.g.options.Traces, x, &x.r, &x.info, x.began, x.id)
	return nil
}

// Root implements telemetry.Rooted.
func (x *exchange) Root() telemetry.Root {
	return telemetry.Root{
		Account: x.api.Account, Region: x.api.Region, Type: "AWS::ApiGateway::Stage", Name: x.api.Name + "/" + *x.stage.StageName,
		ARN:    "arn:aws:apigateway:" + x.api.Region + "::/restapis/" + x.api.ID + "/stages/" + *x.stage.StageName,
		Method: x.r.Method, Host: transfer.Host(x.r), Path: x.path,
	}
}

// endSpan tells of the request that has been answered.
func (x *exchange) endSpan(answer *reply) {
	if !x.span.Kept() {
		return
	}
	e := x.ended(answer)
	if x.method != nil {
		e.Operation = x.r.Method + " " + x.method.resource.Path
		e.Annotations = map[string]any{"route": e.Operation}
	}
	x.span.Done(e)
}

// ended is how the request, or a step of it, went.
func (x *exchange) ended(answer *reply) tracing.End {
	if answer == nil {
		return tracing.End{}
	}
	return tracing.End{Status: answer.status, Code: answer.kind, Message: x.integration.failure}
}

// step runs a step of a traced request: what it calls is the step's child.
func (x *exchange) step(name, calls string, run func() *reply) (answer *reply) {
	if !x.span.Kept() {
		return run()
	}
	x.span.Step(name, calls, &x.r, &x.info, func() tracing.End {
		answer = run()
		return x.ended(answer)
	})
	return answer
}

// calleeOf is what an integration calls, as the name of a step.
func calleeOf(kind, uri string) (name, calls string) {
	switch kind {
	case api.IntegrationTypeAws, api.IntegrationTypeAwsProxy:
		target, err := awsrequest.Parse(uri)
		if err != nil || target.Service == "lambda" {
			return "Lambda", "aws"
		}
		return target.Service, "aws"
	}
	_, rest, _ := strings.Cut(uri, "://")
	host, _, _ := strings.Cut(rest, "/")
	return host, "remote"
}
