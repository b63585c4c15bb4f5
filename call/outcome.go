package call

import (
	"context"
	"errors"
	"net/http"
	"slices"

	"maru.dev/maru/kv"
	"maru.dev/maru/wire"
)

// asTold is an error as those who look at a call from outside are told of it:
// the client, and with it the call's line, span, measure and record.
func asTold(model *wire.Service, err error) error {
	if unavailable := Unavailable(model, err); unavailable != nil {
		return unavailable
	}
	return err
}

// Unavailable is what a client of a service is told when the disk is full or
// failing, and nil for other errors: nothing is wrong with the request, and it may
// be tried again.
func Unavailable(model *wire.Service, err error) *wire.APIError {
	var message string
	switch {
	case err == nil:
		return nil
	case errors.Is(err, kv.ErrFull):
		message = "The disk of the data folder is full; nothing can be written until there is room."
	case errors.Is(err, kv.ErrUnavailable):
		message = "The disk of the data folder fails; whether this request was stored is not known. Please try again."
	default:
		return nil
	}
	told := &wire.APIError{Code: "ServiceUnavailable", Status: http.StatusServiceUnavailable, Message: message}
	if p := model.Protocols; len(p) > 0 && slices.Contains([]wire.Protocol{wire.AWSJSON, wire.RESTJSON, wire.RPCv2}, p[0]) {
		told.Code, told.QueryCode = "ServiceUnavailableException", told.Code
	}
	return told
}

// outcome tells how an error leaves, and whether it is our fault.
func outcome(err error) (status int, code string, fault bool) {
	var known wire.Error
	if errors.As(err, &known) {
		return known.HTTPStatus(), known.ErrorCode(), false
	}
	if errors.Is(err, context.Canceled) {
		return 499, "Canceled", false
	}
	return 500, "InternalFailure", true
}
