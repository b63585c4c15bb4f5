package apigateway

import (
	"fmt"

	api "maru.dev/maru/api/apigateway"
)

// notFound is the answer where a resource is missing.
func notFound(format string, args ...any) error {
	return &api.NotFoundException{Message: fmt.Sprintf(format, args...)}
}

// badRequest is the caller's fault in these words.
func badRequest(format string, args ...any) error {
	return &api.BadRequestException{Message: fmt.Sprintf(format, args...)}
}

// conflict is what cannot be while something else is.
func conflict(format string, args ...any) error {
	return &api.ConflictException{Message: fmt.Sprintf(format, args...)}
}

// limitExceeded is what would be one too many.
func limitExceeded(format string, args ...any) error {
	return &api.LimitExceededException{Message: fmt.Sprintf(format, args...)}
}
