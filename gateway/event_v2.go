package gateway

import (
	"time"

	"maru.dev/maru/gateway/event"
)

// eventV2 writes the request in format 2.0.
func (x *exchange) eventV2() *event.V2 {
	path := x.shownPath()
	e := &event.V2{
		Version: "2.0", RouteKey: x.route.RouteKey, RawPath: path, RawQueryString: x.r.URL.RawQuery,
		Cookies: event.Cookies(x.r.Header), Headers: event.Lower(event.Headers(x.r, x.info, len(x.body))), QueryStringParameters: event.Joined(x.query()),
		PathParameters: x.variables, StageVariables: x.stage.StageVariables,
		RequestContext: event.ContextV2{
			AccountID: x.api.Account, APIID: x.api.ID, Authorizer: x.caller.v2(),
			DomainName: x.at.DomainName(x.r, x.api.Region), DomainPrefix: x.at.DomainPrefix(x.r, x.api.Region),
			HTTP: event.HTTPV2{
				Method: x.r.Method, Path: path, Protocol: x.r.Proto, SourceIP: x.info.SourceIP, UserAgent: x.r.UserAgent(),
			},
			RequestID: x.id, RouteKey: x.route.RouteKey, Stage: x.stage.StageName,
			Time: requestTime(x.began), TimeEpoch: x.began.UnixMilli(),
		},
	}
	e.Body, e.IsBase64Encoded = event.BodyText(x.r.Header, x.body)
	return e
}

// requestTime is when the request came, as events and access logs write it.
func requestTime(t time.Time) string { return t.UTC().Format(event.TimeForm) }
