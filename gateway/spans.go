package gateway

import (
	"strings"

	"maru.dev/maru/arn"
	"maru.dev/maru/gateway/tracing"
	"maru.dev/maru/gateway/transfer"
	"maru.dev/maru/telemetry"
	"maru.dev/maru/wire"
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
		Account: x.api.Account, Region: x.api.Region, Type: "AWS::ApiGateway::Stage", Name: x.api.Name + "/" + x.stage.StageName,
		ARN:    "arn:aws:apigateway:" + x.api.Region + "::/apis/" + x.api.ID + "/stages/" + x.stage.StageName,
		Method: x.r.Method, Host: transfer.Host(x.r), Path: x.path,
	}
}

// endSpan tells of the request that has been answered.
func (x *exchange) endSpan(answer *reply) {
	if !x.span.Kept() {
		return
	}
	e := x.ended(answer)
	if x.route != nil {
		e.Annotations = map[string]any{"route": x.route.key.String()}
		e.Operation = x.route.key.String()
	}
	x.span.Done(e)
}

// ended is how the request, or a step of it, went.
func (x *exchange) ended(answer *reply) tracing.End {
	if answer == nil {
		return tracing.End{}
	}
	return tracing.End{Status: answer.status, Code: answer.kind(), Message: x.integrationError}
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

// callee is what an integration calls, as the name of a step.
func (i *integrationPlan) callee() (name, calls string) {
	if i.subtype != nil {
		return i.subtype.Service, "aws"
	}
	uri := wire.Value(i.IntegrationUri)
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
