package rest

import (
	"strings"

	"maru.dev/maru/gateway/rest/media"
	"maru.dev/maru/wire"
)

// validate checks parameters and body, as far as the method's validator asks for
// it.
func validate(x *exchange) *reply {
	v := &x.method.validator
	if wire.Value(v.ValidateRequestParameters) {
		if missing := x.missing(); len(missing) > 0 {
			return x.refuse(badParameters, "Missing required request parameters: ["+strings.Join(missing, ", ")+"]")
		}
	}
	if wire.Value(v.ValidateRequestBody) {
		return x.validateBody()
	}
	return nil
}

// missing are the names of required parameters that the request does not have.
func (x *exchange) missing() (names []string) {
	for _, p := range x.method.required {
		place, name, _ := strings.Cut(strings.TrimPrefix(p, "method.request."), ".")
		found := true
		switch place {
		case "header":
			found = x.r.Header.Get(name) != "" || strings.EqualFold(name, "host")
		case "querystring":
			found = x.query().Get(name) != ""
		case "path":
			found = x.parameters[name] != ""
		}
		if !found {
			names = append(names, name)
		}
	}
	return names
}

// validateBody checks the body by the model of its content type.
func (x *exchange) validateBody() *reply {
	if len(x.method.RequestModels) == 0 {
		return nil
	}
	if answer := x.readBody(); answer != nil {
		return answer
	}
	wanted, model := x.contentType(), ""
	for kind, name := range x.method.RequestModels {
		if media.Type(kind) == wanted || kind == "$default" && model == "" {
			model = name
		}
	}
	if model == "" {
		return nil
	}
	wrong, err := x.deployment.models.Check(model, x.body)
	switch {
	case err != nil:
		return x.broken(err.Error())
	case wrong != "":
		x.validation = wrong
		x.execution.Addf("Request body does not match model schema for content type %s: %s", wanted, wrong)
		return x.refuse(badBody, "Invalid request body")
	}
	return nil
}

// contentType is the media type of the request's body: JSON unless it says
// something else.
func (x *exchange) contentType() string {
	if kind := media.Type(x.r.Header.Get("Content-Type")); kind != "" {
		return kind
	}
	return "application/json"
}
