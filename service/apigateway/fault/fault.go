// Package fault has the errors of API Gateway's callers.
package fault

import (
	"fmt"

	api "maru.dev/maru/api/apigateway"
)

// NotFound is the answer where a resource is missing.
func NotFound(format string, args ...any) error {
	return &api.NotFoundException{Message: fmt.Sprintf(format, args...)}
}

// BadRequest is the caller's fault in these words.
func BadRequest(format string, args ...any) error {
	return &api.BadRequestException{Message: fmt.Sprintf(format, args...)}
}

// Conflict is what cannot be while something else is.
func Conflict(format string, args ...any) error {
	return &api.ConflictException{Message: fmt.Sprintf(format, args...)}
}

// LimitExceeded is what would be one too many.
func LimitExceeded(format string, args ...any) error {
	return &api.LimitExceededException{Message: fmt.Sprintf(format, args...)}
}
