package rest

import (
	"encoding/base64"

	"maru.dev/maru/gateway/event"
	"maru.dev/maru/wire"
)

// event is the request as functions are given it: payload format 1.0, but for its
// body.
func (x *exchange) event() *event.V1 {
	m := x.method
	e := &event.V1{
		Resource: m.resource.Path, Path: x.eventPath(), HTTPMethod: x.r.Method,
		PathParameters: x.parameters, StageVariables: x.variables,
		RequestContext: event.ContextV1{
			AccountID: x.api.Account, APIID: x.api.ID, Authorizer: x.caller.authorizer(), DeploymentID: x.deployment.ID,
			DomainName: x.at.DomainName(x.r, x.api.Region), DomainPrefix: x.at.DomainPrefix(x.r, x.api.Region), ExtendedRequestID: x.extended, HTTPMethod: x.r.Method,
			Identity: event.NewIdentityV1(x.info.SourceIP, x.r.UserAgent(), x.caller.iam), IsCanaryRequest: x.canary,
			OperationName: wire.Value(m.OperationName), Path: x.fullPath(), Protocol: x.r.Proto, RequestID: x.id,
			RequestTime: x.began.UTC().Format(event.TimeForm), RequestTimeEpoch: x.began.UnixMilli(),
			ResourceID: m.resource.ID, ResourcePath: m.resource.Path, Stage: *x.stage.StageName,
		},
	}
	if x.caller.keyID != "" {
		e.RequestContext.Identity.APIKey, e.RequestContext.Identity.APIKeyID = x.caller.keyValue, x.caller.keyID
	}
	headers := event.Headers(x.r, x.info, len(x.body))
	if len(x.r.Header["Content-Length"]) == 0 && x.r.ContentLength <= 0 {
		delete(headers, "Content-Length") // HTTP APIs alone tell of a body that is not there
	}
	e.Headers, e.MultiValueHeaders = event.LastAndAll(headers)
	if q := x.query(); len(q) > 0 {
		e.QueryStringParameters, e.MultiValueQueryStringParameters = event.LastAndAll(q)
	}
	return e
}

// eventPath is the path in events: without the stage, but with a custom domain's
// base path.
func (x *exchange) eventPath() string {
	if x.at.BasePath != "" {
		return "/" + x.at.BasePath + x.decodedPath()
	}
	return x.decodedPath()
}

// addBody puts the body into an event: as text, or in base64 if its type is one
// of the API's binary types.
func (x *exchange) addBody(e *event.V1) {
	if len(x.body) == 0 {
		return
	}
	text := string(x.body)
	if x.isBinary(x.r.Header.Get("Content-Type")) {
		text, e.IsBase64Encoded = base64.StdEncoding.EncodeToString(x.body), true
	}
	e.Body = &text
}
