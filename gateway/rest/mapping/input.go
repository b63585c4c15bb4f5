package mapping

import "net/http"

// Input is what templates and expressions speak of: one message on its way, with
// the request that it belongs to. It is of one request, and used by one goroutine.
type Input struct {
	// Body is $input.body: the request's on its way in, the integration's answer
	// on its way out.
	Body []byte

	// Params are the request's, whichever way the message goes.
	Params Params

	// Context is $context: strings, numbers, booleans, []any and map[string]any
	// within each other. It is not changed.
	Context map[string]any

	// StageVariables are $stageVariables.
	StageVariables map[string]string

	// Header is the integration's answer's; nil on the way in.
	Header http.Header

	document *document // of Body, once it was asked for
}

// Params are a request's parameters.
type Params struct {
	Path   map[string]string
	Query  map[string][]string
	Header http.Header
}

// Output is what a template makes of an input.
type Output struct {
	Body []byte

	// Request are the parameters of the request to the integration that the template
	// sets, by $context.requestOverride: they win over mapped ones.
	Request Overrides

	// Response are the status and headers that the template sets for the answer, by
	// $context.responseOverride.
	Response ResponseOverrides
}

// Overrides are parameters by name. A nil map overrides nothing.
type Overrides struct {
	Path   map[string]string
	Query  map[string][]string
	Header map[string][]string
}

// ResponseOverrides change an answer.
type ResponseOverrides struct {
	Status int // 0: not changed
	Header map[string][]string
}
