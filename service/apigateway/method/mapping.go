package method

import (
	"maps"
	"regexp"
	"slices"
	"strings"

	api "maru.dev/maru/api/apigateway"
)

// anywhere is an expression that may be mapped in both directions: a text in
// quotes, or something of the request's context or of the stage.
var anywhere = regexp.MustCompile(`(?s)^('.*'|context\..+|stageVariables\.[a-zA-Z0-9_]+)$`)

// checkRequestParameters holds what an integration's request is made of against
// the rules, and against what its method takes.
func checkRequestParameters(m *api.Method, i *api.Integration) error {
	for _, key := range slices.Sorted(maps.Keys(i.RequestParameters)) {
		if _, ok := parameter(key, "integration.request.", "path", "querystring", "header"); !ok {
			return mapping("Invalid mapping expression specified: %s", key)
		}
		from := i.RequestParameters[key]
		if anywhere.MatchString(from) || body(from, "method.request.body") {
			continue
		}
		if _, ok := parameter(from, "method.request.", "path", "querystring", "header", "multivaluequerystring", "multivalueheader"); !ok {
			return mapping("Invalid mapping expression specified: %s", from)
		}
		if !declares(m, from) {
			return mapping("Invalid mapping expression parameter specified: %s", from)
		}
	}
	return nil
}

// declares tells whether a method takes a parameter. One that it takes can be
// had with all of its values, too.
func declares(m *api.Method, parameter string) bool {
	_, ok := m.RequestParameters[parameter]
	if !ok {
		_, ok = m.RequestParameters[strings.Replace(parameter, ".multivalue", ".", 1)]
	}
	return ok
}

// checkResponseParameters holds what an answer's headers are made of against the
// rules, and against what the method may answer.
func checkResponseParameters(m *api.Method, r *api.IntegrationResponse) error {
	answer, there := m.MethodResponses[*r.StatusCode]
	for _, key := range slices.Sorted(maps.Keys(r.ResponseParameters)) {
		from := r.ResponseParameters[key]
		_, header := parameter(from, "integration.response.", "header", "multivalueheader")
		if !header && !anywhere.MatchString(from) && !body(from, "integration.response.body") {
			return mapping("Invalid mapping expression specified: %s", from)
		}
		if _, ok := parameter(key, "method.response.", "header", "multivalueheader"); !ok {
			return mapping("Invalid mapping expression specified: %s", key)
		}
		if !there {
			return mapping("No method response exists for method.")
		}
		if _, ok := answer.ResponseParameters[key]; !ok {
			return mapping("Invalid mapping expression parameter specified: %s", key)
		}
	}
	return nil
}

// body tells whether an expression is a body, or something of it.
func body(text, whole string) bool {
	rest, ok := strings.CutPrefix(text, whole)
	return ok && (rest == "" || len(rest) > 1 && (rest[0] == '.' || rest[0] == '['))
}
