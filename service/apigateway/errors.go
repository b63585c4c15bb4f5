package apigateway

import "maru.dev/maru/service/apigateway/fault"

// notFound is the answer where a resource is missing.
func notFound(format string, args ...any) error { return fault.NotFound(format, args...) }

// badRequest is the caller's fault in these words.
func badRequest(format string, args ...any) error { return fault.BadRequest(format, args...) }

// conflict is what cannot be while something else is.
func conflict(format string, args ...any) error { return fault.Conflict(format, args...) }

// limitExceeded is what would be one too many.
func limitExceeded(format string, args ...any) error { return fault.LimitExceeded(format, args...) }
