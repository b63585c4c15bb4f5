package dynamodb

import (
	api "maru.dev/maru/api/dynamodb"
	"maru.dev/maru/service/dynamodb/expr"
)

// invalid is a ValidationException with a message of AWS's.
func invalid(format string, args ...any) error { return expr.Invalid(format, args...) }

// invalidValue is invalid with the words that most of these errors begin with.
func invalidValue(format string, args ...any) error {
	return expr.InvalidValue(format, args...)
}

// noTable is the answer of the operations on tables to a name that there is not.
func noTable(name string) error {
	return &api.ResourceNotFoundException{Message: "Requested resource not found: Table: " + name + " not found"}
}

// noResource is the answer of the operations on items.
func noResource() error {
	return &api.ResourceNotFoundException{Message: "Requested resource not found"}
}
