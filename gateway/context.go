package gateway

import (
	"strconv"
	"strings"

	"maru.dev/maru/gateway/jwks"
)

// contextValue is a $context variable, as mappings and access logs know them;
// empty for those that have no value here.
func (x *exchange) contextValue(name string) string {
	if rest, ok := strings.CutPrefix(name, "authorizer."); ok {
		return x.authorizerValue(rest)
	}
	if rest, ok := strings.CutPrefix(name, "identity."); ok {
		return x.identityValue(rest)
	}
	switch name {
	case "accountId":
		return x.apiValue(func() string { return x.api.Account })
	case "apiId":
		return x.apiValue(func() string { return x.api.ID })
	case "domainName":
		return x.apiValue(func() string { return x.at.DomainName(x.r, x.api.Region) })
	case "domainPrefix":
		return x.apiValue(func() string { return x.at.DomainPrefix(x.r, x.api.Region) })
	case "awsEndpointRequestId", "requestId", "extendedRequestId":
		return x.id
	case "customDomain.basePathMatched":
		return x.at.BasePath
	case "httpMethod":
		return x.r.Method
	case "path":
		if x.stage == nil {
			return x.path
		}
		return x.shownPath()
	case "protocol":
		return x.r.Proto
	case "requestTime":
		return requestTime(x.began)
	case "requestTimeEpoch":
		return strconv.FormatInt(x.began.UnixMilli(), 10)
	case "routeKey":
		if x.route != nil {
			return x.route.RouteKey
		}
	case "stage":
		if x.stage != nil {
			return x.stage.StageName
		}
	}
	return ""
}

// apiValue is a value that is known once the API is.
func (x *exchange) apiValue(of func() string) string {
	if x.api == nil {
		return ""
	}
	return of()
}

// authorizerValue is what the authorizer has found.
func (x *exchange) authorizerValue(name string) string {
	if name == "error" {
		return x.authorizerError
	}
	if name == "principalId" {
		return x.caller.user
	}
	if claim, ok := strings.CutPrefix(name, "claims."); ok {
		if v, has := x.caller.claims[claim]; has {
			return jwks.Text(v)
		}
		return ""
	}
	if v, has := x.caller.context[name]; has && v != nil {
		return jwks.Text(v)
	}
	return ""
}

// identityValue is who sent the request.
func (x *exchange) identityValue(name string) string {
	switch name {
	case "sourceIp":
		return x.info.SourceIP
	case "userAgent":
		return x.r.UserAgent()
	}
	known := x.caller.iam
	if known == nil {
		return ""
	}
	switch name {
	case "accountId":
		return known.AccountID
	case "caller", "user":
		return known.UserID
	case "userArn":
		return known.UserARN
	}
	return ""
}
