package apigatewayv2

import (
	"fmt"

	api "maru.dev/maru/api/apigatewayv2"
)

// notFound is the answer where a resource is missing, in the words of its kind.
func notFound(kind string, h home, id string) error {
	text := ""
	switch kind {
	case string(apis):
		text = "Invalid API identifier specified " + h.Account + ":" + id
	case string(routes):
		text = "Invalid Route identifier specified"
	case string(integrations):
		text = "Invalid Integration identifier specified"
	case string(authorizers):
		text = "Invalid Authorizer identifier specified"
	case string(stages):
		text = "Invalid stage identifier specified"
	case string(deployments):
		text = "Invalid deployment identifier specified"
	case string(domains):
		text = "The domain name resource specified in the request was not found."
	case string(mappings):
		text = "The API mapping resource specified in the request was not found."
	case string(links):
		text = "VpcLink with ID " + id + " not found"
	}
	return &api.NotFoundException{Message: text}
}

// badRequest is the caller's fault in these words.
func badRequest(format string, args ...any) error {
	return &api.BadRequestException{Message: fmt.Sprintf(format, args...)}
}

// conflict is what cannot be while something else is.
func conflict(format string, args ...any) error {
	return &api.ConflictException{Message: fmt.Sprintf(format, args...)}
}
