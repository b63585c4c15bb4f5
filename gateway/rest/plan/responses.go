package plan

import (
	"maps"
	"slices"
	"strings"

	api "maru.dev/maru/api/apigateway"
)

// DefaultTemplate is what a gateway response says where nobody has set anything:
// a JSON document with the error's message.
const DefaultTemplate = `{"message":$context.error.messageString}`

// ResponseTypes are the types of gateway responses, by name, with the status that
// each has where nobody has set another. The two defaults have none: they stand
// for the other types of their class.
//
// Spec: API Gateway Developer Guide, "Gateway response types for API Gateway".
func ResponseTypes() map[string]string {
	return map[string]string{
		api.GatewayResponseTypeAccessDenied:                 "403",
		api.GatewayResponseTypeApiConfigurationError:        "500",
		api.GatewayResponseTypeAuthorizerConfigurationError: "500",
		api.GatewayResponseTypeAuthorizerFailure:            "500",
		api.GatewayResponseTypeBadRequestBody:               "400",
		api.GatewayResponseTypeBadRequestParameters:         "400",
		api.GatewayResponseTypeDefault4xx:                   "",
		api.GatewayResponseTypeDefault5xx:                   "",
		api.GatewayResponseTypeExpiredToken:                 "403",
		api.GatewayResponseTypeIntegrationFailure:           "504",
		api.GatewayResponseTypeIntegrationTimeout:           "504",
		api.GatewayResponseTypeInvalidApiKey:                "403",
		api.GatewayResponseTypeInvalidSignature:             "403",
		api.GatewayResponseTypeMissingAuthenticationToken:   "403",
		api.GatewayResponseTypeQuotaExceeded:                "429",
		api.GatewayResponseTypeRequestTooLarge:              "413",
		api.GatewayResponseTypeResourceNotFound:             "404",
		api.GatewayResponseTypeThrottled:                    "429",
		api.GatewayResponseTypeUnauthorized:                 "401",
		api.GatewayResponseTypeUnsupportedMediaType:         "415",
		api.GatewayResponseTypeWafFiltered:                  "403",
	}
}

// ResponseOf is the gateway response of a type as it is in effect: what was set,
// else what was set for the default of its class, else AWS's own. Its status is
// nil for the two defaults unless it was set. ok is false for a type that there is
// not.
func ResponseOf(set map[string]api.GatewayResponse, kind string) (r api.GatewayResponse, ok bool) {
	status, ok := ResponseTypes()[kind]
	if !ok {
		return r, false
	}
	r, own := set[kind]
	if !own {
		r = set[defaultOf(kind, status)]
	}
	r.ResponseType, r.DefaultResponse = &kind, new(!own)
	if r.StatusCode == nil && status != "" {
		r.StatusCode = &status
	}
	if r.ResponseParameters == nil {
		r.ResponseParameters = map[string]string{}
	}
	if r.ResponseTemplates == nil {
		r.ResponseTemplates = map[string]string{"application/json": DefaultTemplate}
	}
	return r, true
}

// defaultOf is the type that stands for a type which was not set.
func defaultOf(kind, status string) string {
	switch {
	case status == "":
		return kind
	case strings.HasPrefix(status, "5"):
		return api.GatewayResponseTypeDefault5xx
	}
	return api.GatewayResponseTypeDefault4xx
}

// Responses are the gateway responses of all types as they are in effect, by
// name of the type.
func Responses(set map[string]api.GatewayResponse) []api.GatewayResponse {
	types := slices.Sorted(maps.Keys(ResponseTypes()))
	list := make([]api.GatewayResponse, 0, len(types))
	for _, kind := range types {
		r, _ := ResponseOf(set, kind)
		list = append(list, r)
	}
	return list
}
