package template

import (
	"fmt"

	"maru.dev/maru/wire"
)

// Invalid is the error of a template or its parameters: a ValidationError.
func Invalid(format string, args ...any) error {
	return &wire.APIError{Code: "ValidationError", Message: fmt.Sprintf(format, args...)}
}

// malformed is Invalid with the words that AWS puts before faults of form.
func malformed(format string, args ...any) error {
	return Invalid("Template format error: "+format, args...)
}

// faulty is Invalid with the words that AWS puts before faults of expressions.
func faulty(format string, args ...any) error {
	return Invalid("Template error: "+format, args...)
}
