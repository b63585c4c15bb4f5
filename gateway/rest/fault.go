package rest

import (
	"maps"
	"net/http"
	"slices"
	"strconv"

	api "maru.dev/maru/api/apigateway"
	"maru.dev/maru/gateway/event"
	"maru.dev/maru/gateway/rest/mapping"
	"maru.dev/maru/gateway/rest/media"
	"maru.dev/maru/gateway/rest/plan"
	"maru.dev/maru/wire"
)

// fault is a way in which a request may fail: the type of its gateway response,
// the error's name, and the status where the type has none.
type fault struct {
	kind, name string
	status     int
}

// The faults.
var (
	accessDenied     = fault{kind: api.GatewayResponseTypeAccessDenied, name: "AccessDeniedException"}
	misconfigured    = fault{kind: api.GatewayResponseTypeApiConfigurationError, name: "InternalServerErrorException"}
	badAuthorizer    = fault{kind: api.GatewayResponseTypeAuthorizerConfigurationError, name: "AuthorizerConfigurationException"}
	failedAuthorizer = fault{kind: api.GatewayResponseTypeAuthorizerFailure, name: "AuthorizerFailureException"}
	badParameters    = fault{kind: api.GatewayResponseTypeBadRequestParameters, name: "BadRequestException"}
	badBody          = fault{kind: api.GatewayResponseTypeBadRequestBody, name: "BadRequestException"}
	badRequest       = fault{kind: api.GatewayResponseTypeDefault4xx, name: "BadRequestException", status: http.StatusBadRequest}
	slow             = fault{kind: api.GatewayResponseTypeDefault4xx, name: "RequestTimeoutException", status: http.StatusRequestTimeout}
	longHeader       = fault{kind: api.GatewayResponseTypeDefault4xx, name: "RequestHeaderFieldsTooLargeException", status: http.StatusRequestHeaderFieldsTooLarge}
	forbidden        = fault{kind: api.GatewayResponseTypeDefault4xx, name: "ForbiddenException", status: http.StatusForbidden}
	unsigned         = fault{kind: api.GatewayResponseTypeMissingAuthenticationToken, name: "MissingAuthenticationTokenException"}
	noToken          = unsigned // of a method that is not there, which is as good
	badSignature     = fault{kind: api.GatewayResponseTypeInvalidSignature, name: "InvalidSignatureException"}
	expiredToken     = fault{kind: api.GatewayResponseTypeExpiredToken, name: "ExpiredTokenException"}
	badKey           = fault{kind: api.GatewayResponseTypeInvalidApiKey, name: "ForbiddenException"}
	overQuota        = fault{kind: api.GatewayResponseTypeQuotaExceeded, name: "LimitExceededException"}
	throttled        = fault{kind: api.GatewayResponseTypeThrottled, name: "TooManyRequestsException"}
	tooLarge         = fault{kind: api.GatewayResponseTypeRequestTooLarge, name: "RequestTooLargeException"}
	unauthorized     = fault{kind: api.GatewayResponseTypeUnauthorized, name: "UnauthorizedException"}
	unsupported      = fault{kind: api.GatewayResponseTypeUnsupportedMediaType, name: "UnsupportedMediaTypeException"}
	unreachable      = fault{kind: api.GatewayResponseTypeIntegrationFailure, name: "InternalServerErrorException"}
	timedOut         = fault{kind: api.GatewayResponseTypeIntegrationTimeout, name: "InternalServerErrorException"}
	badAnswer        = fault{kind: api.GatewayResponseTypeDefault5xx, name: "InternalServerErrorException", status: http.StatusBadGateway}
	failed           = fault{kind: api.GatewayResponseTypeDefault5xx, name: "InternalServerErrorException", status: http.StatusInternalServerError}
)

// broken is the answer to a request to what is set up so that it cannot work. Why
// is for the execution log alone.
func (x *exchange) broken(why string) *reply {
	x.execution.Failf("Execution failed due to configuration error: %s", why)
	x.integration.failure = why
	return x.refuse(misconfigured, "Internal server error")
}

// refuse is an answer of the gateway's own, as the API wants it: said is its
// message, "" for none.
func (x *exchange) refuse(f fault, said string) *reply {
	var set map[string]api.GatewayResponse
	if x.deployment != nil {
		set = x.deployment.Responses
	}
	response, _ := plan.ResponseOf(set, f.kind)
	answer := &reply{status: f.status, header: http.Header{"X-Amzn-Errortype": {f.name}}, kind: f.kind, said: said}
	if status, err := strconv.Atoi(wire.Value(response.StatusCode)); err == nil {
		answer.status = status
	}
	x.execution.Addf("Gateway response type: %s with status code: %d", f.kind, answer.status)
	kind, template := x.textOf(&response)
	answer.header.Set("Content-Type", kind)
	if len(response.ResponseParameters) == 0 && template == plan.DefaultTemplate {
		answer.body = []byte(`{"` + nameOfMessage(&f, &response) + `":` + quoted(said) + `}`)
		return answer
	}
	in := x.input()
	in.Context["error"] = map[string]any{
		"message": said, "messageString": quoted(said), "responseType": f.kind, "validationErrorString": x.validation,
	}
	answer.body = mapping.CompileVariables(template).Run(in)
	parameters, err := mapping.ParseParameters(response.ResponseParameters)
	if err != nil {
		return answer // the control plane lets none in
	}
	for _, p := range parameters {
		if values, ok := p.From.Values(in); ok {
			setHeader(answer.header, p.Name, values)
		}
	}
	return answer
}

// nameOfMessage is the member that AWS's own text of a response has. That of
// ACCESS_DENIED is written differently from all others.
func nameOfMessage(f *fault, r *api.GatewayResponse) string {
	if f.kind == accessDenied.kind && wire.Value(r.DefaultResponse) {
		return "Message"
	}
	return "message"
}

// quoted is a message in JSON; none is null.
func quoted(s string) string {
	if s == "" {
		return "null"
	}
	return jsonText(s)
}

// textOf chooses the text of a gateway response by what the client accepts.
func (x *exchange) textOf(r *api.GatewayResponse) (kind, template string) {
	kind = media.Choose(x.r.Header.Get("Accept"), slices.Sorted(maps.Keys(r.ResponseTemplates)))
	if kind == "" {
		return "application/json", plan.DefaultTemplate
	}
	return kind, r.ResponseTemplates[kind]
}

// setHeader sets a header to values, which end no line.
func setHeader(h http.Header, name string, values []string) {
	clean := make([]string, len(values))
	for i, v := range values {
		clean[i] = event.Clean(v)
	}
	h[http.CanonicalHeaderKey(name)] = clean
}
