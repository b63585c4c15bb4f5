package edge

import (
	"fmt"
	"net/http"

	"maru.dev/maru/auth"
	"maru.dev/maru/wire"
)

// unknownServiceError is the answer to a service that maru does not serve.
func unknownServiceError(name string) *wire.APIError {
	return &wire.APIError{
		Code: "UnknownServiceException", Status: http.StatusNotImplemented,
		Message: fmt.Sprintf("maru does not serve %q; docs/services/ lists what it serves.", name),
	}
}

// unknownService tells why no service could be found for a request.
func (t *tables) unknownService(claim *auth.Claim, f *form) *wire.APIError {
	switch {
	case claim.Service != "":
		return unknownServiceError(claim.Service)
	case f.action != "":
		return &wire.APIError{
			Code: "MissingAuthenticationToken", Status: http.StatusForbidden,
			Message: "This request for " + f.action + " names no service. Sign it (any credentials will do in developer mode: " +
				"export AWS_ACCESS_KEY_ID=test AWS_SECRET_ACCESS_KEY=test), or use a service's host such as sqs.localhost.",
		}
	}
	return &wire.APIError{
		Code: "MissingAuthenticationToken", Status: http.StatusForbidden,
		Message: "This request names no service: it is not signed, and its host is none of a service's. " +
			"Sign it (any credentials will do in developer mode: export AWS_ACCESS_KEY_ID=test AWS_SECRET_ACCESS_KEY=test), " +
			"or use a service's host: s3.localhost for buckets, <api>.execute-api.localhost for APIs. GET /_maru/health tells how maru is.",
	}
}

// noAction is the answer of a service without paths to a request that names no
// operation.
func noAction(m *wire.Service) *wire.APIError {
	if m.Protocols[0] == wire.Query {
		return &wire.APIError{
			Code:    "MissingAction",
			Message: "The request must contain the parameter Action.",
		}
	}
	return &wire.APIError{
		Code: "UnknownOperationException", Status: http.StatusNotFound,
		Message: "The request names no operation of " + m.ServiceID + ": it has neither X-Amz-Target nor Action.",
	}
}

// noRoute is the answer of a REST service to a path that it does not have.
func noRoute(m *wire.Service, r *http.Request) *wire.APIError {
	if m.Protocols[0] == wire.RESTXML {
		return &wire.APIError{
			Code: "MethodNotAllowed", Status: http.StatusMethodNotAllowed,
			Message: "The specified method is not allowed against this resource.",
			Fields:  map[string]string{"Method": r.Method, "ResourceType": "SERVICE"},
		}
	}
	return &wire.APIError{
		Code: "UnknownOperationException", Status: http.StatusNotFound,
		Message: m.ServiceID + " has no operation " + r.Method + " " + r.URL.Path + ".",
	}
}

// repeatedHeader is the answer to a request with two of a header that decides
// what it is.
func repeatedHeader(name string) *wire.APIError {
	return &wire.APIError{
		Code: "SerializationException", Status: http.StatusBadRequest,
		Message: "The header " + name + " is given more than once.",
	}
}

// tooLarge is the answer to a body above its limit.
func tooLarge(dialect auth.Dialect, limit int64) *wire.APIError {
	code := "RequestEntityTooLargeException"
	switch dialect {
	case auth.Query:
		code = "RequestEntityTooLarge"
	case auth.S3:
		code = "EntityTooLarge"
	case auth.JSON:
	}
	return &wire.APIError{
		Code: code, Status: http.StatusRequestEntityTooLarge,
		Message: fmt.Sprintf("Request must be smaller than %d bytes.", limit),
	}
}

// busy is the answer when there is no memory for another large body. Clients
// try again.
func busy(dialect auth.Dialect) *wire.APIError {
	code := "ServiceUnavailableException"
	switch dialect {
	case auth.Query:
		code = "ServiceUnavailable"
	case auth.S3:
		code = "SlowDown"
	case auth.JSON:
	}
	return &wire.APIError{
		Code: code, Status: http.StatusServiceUnavailable,
		Message: "Too many large requests are under way at once. Please reduce your request rate.",
	}
}

// internalFailure stands for any error of ours: the client learns nothing but
// the request id.
func internalFailure(dialect auth.Dialect) *wire.APIError {
	code := "InternalFailure"
	if dialect == auth.S3 {
		code = "InternalError"
	}
	return &wire.APIError{
		Code: code, Status: http.StatusInternalServerError,
		Message: "The request processing has failed because of an unknown error, exception or failure.",
	}
}

// dialectOf is the vocabulary of a service's faults.
func dialectOf(t *target) auth.Dialect {
	if t.api != nil && t.api.model.Protocols[0] == wire.RESTXML {
		return auth.S3
	}
	switch t.protocol {
	case wire.Query, wire.EC2Query:
		return auth.Query
	case wire.RESTXML:
		return auth.S3
	case wire.AWSJSON, wire.RESTJSON, wire.RPCv2:
		return auth.JSON
	}
	return auth.JSON
}
