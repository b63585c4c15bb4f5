package wire

import "net/http"

// Error is a fault as a client sees it. Generated exceptions are Errors, and
// so is *APIError; any other error is ours, and leaves as InternalFailure with
// its detail kept inside.
type Error interface {
	error
	ErrorCode() string    // the code on the wire
	ErrorMessage() string // for people
	HTTPStatus() int
}

// APIError is an error that its service's model does not name: the common
// errors of AWS, and those that only its documentation lists.
type APIError struct {
	Code      string
	Message   string
	Status    int               // HTTP status; 400 when zero
	QueryCode string            // code in query envelopes and x-amzn-query-error, where it differs
	Fields    map[string]string // further elements of the envelope (S3: Key, BucketName, …)
	Header    http.Header       // further headers of the reply
}

// Error is for logs: code and message.
func (e *APIError) Error() string { return e.Code + ": " + e.Message }

// ErrorCode returns the code on the wire.
func (e *APIError) ErrorCode() string { return e.Code }

// ErrorMessage returns the text for people.
func (e *APIError) ErrorMessage() string { return e.Message }

// HTTPStatus returns the reply's status.
func (e *APIError) HTTPStatus() int {
	if e.Status == 0 {
		return http.StatusBadRequest
	}
	return e.Status
}

// NotImplemented is the answer to an operation that maru does not have.
func NotImplemented(service, operation string) *APIError {
	return &APIError{
		Code:    "NotImplemented",
		Status:  http.StatusNotImplemented,
		Message: service + "." + operation + " is not implemented by maru; docs/services/ lists what is.",
	}
}

// QueryCode is a fault's code in query envelopes and x-amzn-query-error, which
// older SDKs know it by.
func QueryCode(svc *Service, fault Error) string {
	if e, ok := fault.(*APIError); ok && e.QueryCode != "" {
		return e.QueryCode
	}
	if t := svc.ErrorType(fault); t != nil && t.Shape.Error.QueryCode != "" {
		return t.Shape.Error.QueryCode
	}
	return fault.ErrorCode()
}

// FaultParty names whose fault it is, in the words of error envelopes.
func FaultParty(fault Error) string {
	if fault.HTTPStatus() >= http.StatusInternalServerError {
		return "Receiver"
	}
	return "Sender"
}

// WriteFault sets what every protocol's error reply shares: the status and the
// fault's own headers.
func WriteFault(fault Error, w *Response) {
	w.Status = fault.HTTPStatus()
	if e, ok := fault.(*APIError); ok {
		for name, values := range e.Header {
			w.Header[http.CanonicalHeaderKey(name)] = values
		}
	}
}
