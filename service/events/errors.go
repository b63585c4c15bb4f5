package events

import (
	"fmt"

	api "maru.dev/maru/api/events"
	"maru.dev/maru/arn"
	"maru.dev/maru/wire"
)

// invalid is the error about a parameter that breaks a rule.
func invalid(format string, args ...any) error {
	return &wire.APIError{Code: "ValidationException", Message: fmt.Sprintf(format, args...), Status: 400}
}

// notFound is the error about a resource that is not there.
func notFound(format string, args ...any) error {
	return &api.ResourceNotFoundException{Message: fmt.Sprintf(format, args...)}
}

// noBus is the error about a bus that is not there.
func noBus(name string) error { return notFound("Event bus %s does not exist.", name) }

// noRule is the error about a rule that is not there.
func noRule(name string, b busRef) error {
	return notFound("Rule %s does not exist on EventBus %s.", name, b.name)
}

// checkRole refuses a role of another account.
func checkRole(role *string, account string) error {
	if a, err := arn.Parse(wire.Value(role)); err == nil && a.Account != account {
		return &wire.APIError{Code: "AccessDeniedException", Message: "Cross-account pass role is not allowed.", Status: 400}
	}
	return nil
}
