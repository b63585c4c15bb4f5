package auth

import (
	"context"
	"net/http"

	"maru.dev/maru/call"
	"maru.dev/maru/wire"
)

// AllowAll is the Authorizer of developer mode.
type AllowAll struct{}

// Authorize allows.
func (AllowAll) Authorize(context.Context, call.Info, *wire.Service, *wire.Operation, any) error {
	return nil
}

// RootOnly is the rule of enforcing mode for what has no policy of its own, for as
// long as those of users and roles are not evaluated: what cannot be shown to be
// allowed is denied.
type RootOnly struct{}

// Authorize allows an account's root in its own account, the services inside,
// and operations that need no signature.
func (RootOnly) Authorize(_ context.Context, info call.Info, model *wire.Service, op *wire.Operation, _ any) error {
	switch {
	case op.NoAuth && info.Principal.Kind == call.Anonymous, info.Principal.Kind == call.Service:
		return nil
	case info.Principal.Kind == call.Root && info.Principal.Account == info.Account:
		return nil
	}
	return denied(info, model, op)
}

// denied is AccessDenied in the words of the service's protocol.
func denied(info call.Info, model *wire.Service, op *wire.Operation) *wire.APIError {
	err := &wire.APIError{
		Code: "AccessDenied", Status: http.StatusForbidden,
		Message: "User: " + info.Principal.Name() + " is not authorized to perform: " + action(model, op) +
			" because maru does not evaluate policies of users and roles yet: only the account's root may call in enforcing mode",
	}
	return inWords(err, model)
}

// action is what policies call an operation: by its name but for API Gateway's,
// which are called by their HTTP method.
func action(model *wire.Service, op *wire.Operation) string {
	if model.SigningName == "apigateway" {
		return model.SigningName + ":" + op.Method
	}
	return model.SigningName + ":" + op.Name
}
