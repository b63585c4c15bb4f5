package cloudformation

import (
	"context"
	"fmt"
	"regexp"
	"strings"

	api "maru.dev/maru/api/cloudformation"
	"maru.dev/maru/call"
	"maru.dev/maru/kv"
	"maru.dev/maru/service"
	types "maru.dev/maru/service/cloudformation/resource"
	"maru.dev/maru/service/cloudformation/template"
	"maru.dev/maru/wire"
)

// Service implements CloudFormation.
type Service struct {
	api.Unimplemented

	service.Deps

	types   map[string]*types.Type
	reading *reading
}

// New returns the service.
func New(d service.Deps) *Service {
	s := &Service{Deps: d, types: types.Types(), reading: newReading()}
	d.Tasks.Handle(stepKind, s.runStep, s.giveUpStep)
	d.Tasks.Handle(phaseKind, s.runPhase, nil)
	d.Tasks.Handle(timeoutKind, s.runTimeout, nil)
	return s
}

// Registration puts the service on a platform.
func Registration() service.Registration {
	return service.Registration{Model: api.Model, New: func(d service.Deps) any { return New(d) }}
}

// Reset drops the templates that are remembered.
func (s *Service) Reset(context.Context) error {
	s.reading.reset()
	return nil
}

// invalid is a ValidationError.
func invalid(format string, args ...any) error { return template.Invalid(format, args...) }

// stackName is what a stack may be called.
var stackName = regexp.MustCompile(`^[a-zA-Z][-a-zA-Z0-9]*$`)

// checkName refuses names that no stack can have.
func checkName(name string) error {
	if len(name) > 128 || !stackName.MatchString(name) {
		return invalid("1 validation error detected: Value '%s' at 'stackName' failed to satisfy constraint: Member must satisfy regular expression pattern: [a-zA-Z][-a-zA-Z0-9]*", name)
	}
	return nil
}

// idOf is the stack's own id in its ARN; "" where s is none.
func idOf(s string) string {
	if !strings.HasPrefix(s, "arn:") {
		return ""
	}
	_, rest, _ := strings.Cut(s, ":stack/")
	_, id, _ := strings.Cut(rest, "/")
	return id
}

// arnOf is the ARN of a stack.
func arnOf(ctx context.Context, name, id string) string {
	info := call.From(ctx)
	return "arn:" + partition(info) + ":cloudformation:" + info.Region + ":" + info.Account + ":stack/" + name + "/" + id
}

// partition is the partition of a call; "aws" where it says none.
func partition(info call.Info) string {
	if info.Partition == "" {
		return "aws"
	}
	return info.Partition
}

// findStack reads the stack of a name or ARN. By name only a live stack is
// found; a deleted one is found by its ARN.
func findStack(tx *kv.Tx, h home, nameOrARN string) (*stack, bool, error) {
	id := idOf(nameOrARN)
	if id == "" {
		found, ok, err := kv.Get[string](tx, h.nameKey(nameOrARN))
		if err != nil || !ok {
			return nil, false, err
		}
		id = found
	}
	st, ok, err := kv.Get[stack](tx, h.stackKey(id))
	if err != nil {
		return nil, false, fmt.Errorf("load stack: %w", err)
	}
	return &st, ok, nil
}

// mustStack is findStack where a missing stack is the caller's error.
func mustStack(tx *kv.Tx, h home, nameOrARN string) (*stack, error) {
	st, ok, err := findStack(tx, h, nameOrARN)
	switch {
	case err != nil:
		return nil, err
	case !ok:
		return nil, noStack(nameOrARN)
	}
	return st, nil
}

// noStack is the answer where there is no stack.
func noStack(nameOrARN string) error {
	return &wire.APIError{Code: "ValidationError", Message: "Stack with id " + nameOrARN + " does not exist"}
}

// flag is the value of an optional truth value.
func flag(p *bool) bool { return p != nil && *p }
