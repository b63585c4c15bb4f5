package apigateway

import (
	"maps"
	"regexp"
	"slices"

	api "maru.dev/maru/api/apigateway"
	"maru.dev/maru/gateway/rest/plan"
	"maru.dev/maru/kv"
	"maru.dev/maru/service"
	"maru.dev/maru/wire"
)

// The forms of what a gateway response is made of: its status, the names of its
// parameters, and what they may be.
var (
	responseStatus = regexp.MustCompile(`^[1-5][0-9]{2}$`)
	responseHeader = regexp.MustCompile(`^gatewayresponse\.header\.[!#$%&'*+.^_|~0-9A-Za-z-]+$`)
	responseValue  = regexp.MustCompile(`^('.*'|method\.request\.(header|multivalueheader|querystring|multivaluequerystring|path)\..+|context\.[0-9A-Za-z_.]+|stageVariables\.[0-9A-Za-z_]+)$`)
)

// putResponse checks and writes a gateway response.
func putResponse(tx *kv.Tx, at service.Home, apiID string, r *api.GatewayResponse) error {
	if status := wire.Value(r.StatusCode); status != "" && !responseStatus.MatchString(status) {
		return badRequest("Invalid status code specified: %s", status)
	}
	for _, name := range slices.Sorted(maps.Keys(r.ResponseParameters)) {
		if !responseHeader.MatchString(name) {
			return badRequest("Invalid mapping expression specified: Validation Result: warnings : [], errors : [Invalid mapping expression parameter specified: %s]", name)
		}
		if v := r.ResponseParameters[name]; !responseValue.MatchString(v) {
			return badRequest("Invalid mapping expression specified: Validation Result: warnings : [], errors : [Invalid mapping expression specified: %s]", v)
		}
	}
	return responses().Put(tx, *r, at, apiID, *r.ResponseType)
}

// setResponse checks and writes a gateway response, and returns it as it is then in
// effect.
func setResponse(tx *kv.Tx, at service.Home, apiID string, r *api.GatewayResponse) (api.GatewayResponse, error) {
	if err := putResponse(tx, at, apiID, r); err != nil {
		return api.GatewayResponse{}, err
	}
	return needResponse(tx, at, apiID, *r.ResponseType)
}

// responsesOf are the gateway responses that were set for an API, by type.
func responsesOf(tx *kv.Tx, at service.Home, apiID string) (map[string]api.GatewayResponse, error) {
	return byName(tx, at, responses(), func(r *api.GatewayResponse) *string { return r.ResponseType }, apiID)
}

// needResponse is the gateway response of a type as it is in effect.
func needResponse(tx *kv.Tx, at service.Home, apiID, kind string) (r api.GatewayResponse, err error) {
	set, err := responsesOf(tx, at, apiID)
	if err != nil {
		return r, err
	}
	r, ok := plan.ResponseOf(set, kind)
	if !ok {
		return r, badRequest("Invalid response type specified: %s", kind)
	}
	return r, nil
}
