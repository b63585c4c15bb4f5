package apigatewayv2

import (
	"fmt"

	api "maru.dev/maru/api/apigatewayv2"
)

// notFound is the answer where a resource is missing.
func notFound(message string) error { return &api.NotFoundException{Message: message} }

// badRequest is the caller's fault in these words.
func badRequest(format string, args ...any) error {
	return &api.BadRequestException{Message: fmt.Sprintf(format, args...)}
}

// conflict is what cannot be while something else is.
func conflict(format string, args ...any) error {
	return &api.ConflictException{Message: fmt.Sprintf(format, args...)}
}
