package rest

import (
	"context"
	"errors"
	"net/http"
	"strings"

	api "maru.dev/maru/api/apigateway"
	"maru.dev/maru/gateway/event"
	"maru.dev/maru/gateway/invoke"
	sharedplan "maru.dev/maru/gateway/plan"
	"maru.dev/maru/gateway/rest/awsrequest"
	"maru.dev/maru/wire"
)

// integrate hands the request to the method's integration, and keeps its answer if
// the stage does.
func (g *Gateway) integrate(x *exchange) *reply {
	i := x.method.integration
	if i.broken != nil {
		return x.broken(i.broken.Error())
	}
	x.logRequest()
	uri := sharedplan.Substitute(wire.Value(i.Uri), x.variables)
	kind := wire.Value(i.Type)
	answer := func() *reply {
		if kind == api.IntegrationTypeMock {
			return x.mock()
		}
		began := g.options.Clock.Now()
		name, calls := calleeOf(kind, uri)
		answer := x.step(name, calls, func() *reply { return g.invoke(x, kind, uri) })
		x.integration.latency = g.options.Clock.Now().Sub(began)
		return answer
	}()
	x.keep(answer)
	return answer
}

// invoke calls an integration of any type that calls something.
func (g *Gateway) invoke(x *exchange, kind, uri string) *reply {
	fn, function := sharedplan.FunctionARN(uri)
	switch kind {
	case api.IntegrationTypeAwsProxy:
		if !function {
			return x.broken("the integration's URI is not a function's ARN")
		}
		return g.callFunction(x, fn)
	case api.IntegrationTypeAws:
		if function {
			return g.callFunctionMapped(x, fn)
		}
		return g.callService(x, uri)
	case api.IntegrationTypeHttp, api.IntegrationTypeHttpProxy:
		if wire.Value(x.method.integration.ConnectionType) == api.ConnectionTypeVpcLink && !strings.Contains(uri, "://") {
			return x.broken("the integration's URI names a listener of a VPC, which maru cannot reach")
		}
		return g.callServer(x, uri, kind == api.IntegrationTypeHttpProxy)
	}
	return x.broken("the integration is of no type that there is")
}

// role is in which an integration calls; "" for the gateway's own right, or that
// of the caller, who has it by the same token.
func (i *integrationPlan) role() string {
	if role := wire.Value(i.Credentials); !strings.Contains(role, "*") {
		return role
	}
	return ""
}

// unanswered is the answer when an integration could not be asked, or did not
// answer.
func (x *exchange) unanswered(err error) *reply {
	x.integration.failure = err.Error()
	var known wire.Error
	switch {
	case errors.Is(err, context.Canceled):
		return x.refuse(failed, "Internal server error") // nobody is there to be answered
	case invoke.IsTimeout(err):
		x.execution.Failf("Execution failed due to a timeout error")
		return x.refuse(timedOut, "Endpoint request timed out")
	case !errors.As(err, &known):
		x.g.options.Log.ErrorContext(x.r.Context(), "gateway", "what", "integration", "api", x.api.ID, "request", x.id, "cause", err)
		return x.refuse(failed, "Internal server error")
	}
	x.integration.status = known.HTTPStatus()
	x.execution.Failf("Execution failed due to configuration error: %s", known.ErrorMessage())
	if known.HTTPStatus() == http.StatusRequestEntityTooLarge {
		return x.refuse(tooLarge, "Request Too Long")
	}
	return x.refuse(misconfigured, "Internal server error")
}

// callService sends the mapped request to a service of AWS.
func (g *Gateway) callService(x *exchange, uri string) *reply {
	target, err := awsrequest.Parse(uri)
	if err != nil {
		return x.broken(err.Error())
	}
	if g.options.Door == nil {
		return x.broken("there is no way to services of AWS")
	}
	m, answer := x.mapped()
	if answer != nil {
		return answer
	}
	i := x.method.integration
	x.logSent(uri, m)
	ctx, cancel := context.WithTimeout(x.r.Context(), i.timeout)
	defer cancel()
	sender := awsrequest.Sender{Door: g.options.Door, Caller: g.options.Caller}
	out, err := sender.Send(ctx, &awsrequest.Request{
		Target: target, Method: wire.Or(i.HttpMethod, http.MethodPost), Path: m.path, Query: m.query, Header: m.header, Body: m.body,
		Role: i.role(), Account: x.api.Account, API: x.sourceARN(),
	})
	if err != nil {
		return x.unanswered(err)
	}
	return x.answer(&result{status: out.Status, header: out.Header, body: out.Body})
}

// remapped are the headers of a proxy's answer that the client is told under
// another name, since the gateway has its own.
//
// Spec: API Gateway Developer Guide, "Amazon API Gateway important notes", for REST APIs.
func remapped(h http.Header) http.Header {
	out := make(http.Header, len(h))
	for name, values := range h {
		switch name {
		case "Authorization", "Connection", "Content-Length", "Content-Md5", "Date", "Host", "Max-Forwards", "Server", "User-Agent", "Www-Authenticate":
			out["X-Amzn-Remapped-"+name] = values
		default:
			if !event.HopByHop(name) {
				out[name] = values
			}
		}
	}
	return out
}
