package task

import (
	"errors"
	"net/http"

	"maru.dev/maru/wire"
)

// Refused tells whether a call's error is final: the callee has refused, or
// does not have the operation. Throttling, faults and silence are not.
func Refused(err error) bool {
	refusal, ok := errors.AsType[wire.Error](err)
	return final(err) || ok && refusal.HTTPStatus() == http.StatusNotImplemented
}

// Reason returns what a dead letter tells of an error: its code, and a message
// that is short enough for an attribute.
func Reason(err error) (code, message string) {
	if refusal, ok := errors.AsType[wire.Error](err); ok {
		return refusal.ErrorCode(), shorten(refusal.ErrorMessage())
	}
	return "InternalFailure", shorten(err.Error())
}
