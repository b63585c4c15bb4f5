package iam

import (
	"fmt"

	api "maru.dev/maru/api/iam"
	"maru.dev/maru/wire"
)

// noEntity is the answer to a name that nothing has.
func noEntity(k kind, name string) error {
	return &api.NoSuchEntityException{Message: "The " + string(k) + " with name " + name + " cannot be found."}
}

// noEntityf is noEntity for other things.
func noEntityf(format string, args ...any) error {
	return &api.NoSuchEntityException{Message: fmt.Sprintf(format, args...)}
}

// exists is the answer to a name that is taken.
func exists(format string, args ...any) error {
	return &api.EntityAlreadyExistsException{Message: fmt.Sprintf(format, args...)}
}

// conflict is the answer to a deletion of what something still hangs on.
func conflict(message string) error {
	return &api.DeleteConflictException{Message: message}
}

// quota is the answer to what is too many.
func quota(what string, limit int) error {
	return &api.LimitExceededException{Message: fmt.Sprintf("Cannot exceed quota for %s: %d", what, limit)}
}

// unmodifiable is the answer to changes of a service-linked role.
func unmodifiable(name, linked string) error {
	return &api.UnmodifiableEntityException{
		Message: "Cannot perform the operation on the protected role '" + name + "' - this role is only modifiable by " + linked,
	}
}

// invalid is the answer to a value that no shape forbids and IAM does.
func invalid(format string, args ...any) error {
	return &wire.APIError{Code: "ValidationError", Status: 400, Message: fmt.Sprintf(format, args...)}
}

// inlineTooLarge is the answer to inline policies that are too large in all.
func inlineTooLarge(k kind, name string, limit int) error {
	return &api.LimitExceededException{Message: fmt.Sprintf("Maximum policy size of %d bytes exceeded for %s %s", limit, k, name)}
}
