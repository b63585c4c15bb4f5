package sqs

import (
	"fmt"

	"maru.dev/maru/wire"
)

// invalidValue is SQS's answer to a parameter it does not accept. Its code has
// one name in JSON and another in query, which SDKs see in both.
func invalidValue(format string, args ...any) error {
	return &wire.APIError{
		Code: "InvalidParameterValueException", QueryCode: "InvalidParameterValue",
		Message: fmt.Sprintf(format, args...),
	}
}

// missing is SQS's answer to a parameter that is not there.
func missing(parameter string) error {
	return &wire.APIError{
		Code: "MissingRequiredParameterException", QueryCode: "MissingParameter",
		Message: fmt.Sprintf("The request must contain the parameter %s.", parameter),
	}
}
