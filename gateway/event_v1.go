package gateway

import "maru.dev/maru/gateway/event"

// eventV1 writes the request in format 1.0.
func (x *exchange) eventV1() *event.V1 {
	path := x.shownPath()
	e := &event.V1{
		Version: "1.0", Resource: x.route.resource(), Path: path, HTTPMethod: x.r.Method,
		PathParameters: x.variables, StageVariables: x.stage.StageVariables,
		RequestContext: event.ContextV1{
			AccountID: x.api.Account, APIID: x.api.ID, Authorizer: x.caller.v1(),
			DomainName: x.at.DomainName(x.r, x.api.Region), DomainPrefix: x.at.DomainPrefix(x.r, x.api.Region), ExtendedRequestID: x.id, HTTPMethod: x.r.Method,
			Identity: event.NewIdentityV1(x.info.SourceIP, x.r.UserAgent(), x.caller.iam), Path: path, Protocol: x.r.Proto, RequestID: x.id,
			RequestTime: requestTime(x.began), RequestTimeEpoch: x.began.UnixMilli(),
			ResourceID: x.route.RouteKey, ResourcePath: x.route.resource(), Stage: x.stage.StageName,
		},
	}
	e.Headers, e.MultiValueHeaders = event.LastAndAll(event.Headers(x.r, x.info, len(x.body)))
	if q := x.query(); len(q) > 0 {
		e.QueryStringParameters, e.MultiValueQueryStringParameters = event.LastAndAll(q)
	}
	if text, encoded := event.BodyText(x.r.Header, x.body); text != "" {
		e.Body, e.IsBase64Encoded = &text, encoded
	}
	return e
}

// resource is the route's path, or $default.
func (r *routePlan) resource() string {
	if r.key.Default {
		return "$default"
	}
	return r.path
}
