package cloudwatch

import (
	"fmt"

	api "maru.dev/maru/api/cloudwatch"
	"maru.dev/maru/call"
	"maru.dev/maru/kv"
	"maru.dev/maru/service"
	"maru.dev/maru/service/share"
)

// Service implements CloudWatch.
type Service struct {
	api.Unimplemented
	service.Deps

	usage  service.Usage
	memory *share.Pool // for the points of what is asked for
}

// New returns the service.
func New(d service.Deps) *Service {
	s := &Service{Deps: d, usage: service.NewUsage(d.Metrics, "CloudWatch"), memory: share.NewPool(maxShared)}
	d.Tasks.Handle(expireKind, s.runExpire, nil)
	d.Tasks.Handle(evaluateKind, s.runEvaluate, nil)
	d.Tasks.Handle(trainKind, s.runTrain, nil)
	d.Tasks.Handle(forgetKind, s.runForget, nil)
	d.Tasks.Handle(onceKind, s.runOnceOver, nil)
	return s
}

// Registration puts the service on a platform.
func Registration() service.Registration {
	return service.Registration{Model: api.Model, New: func(d service.Deps) any { return New(d) }}
}

// Measured implements call.Measured.
func (s *Service) Measured(r *call.Record) { s.usage.Count(r) }

// invalid is the error InvalidParameterValue.
func invalid(format string, args ...any) error {
	return &api.InvalidParameterValueException{Message: fmt.Sprintf(format, args...)}
}

// missing is the error MissingParameter.
func missing(name string) error {
	return &api.MissingRequiredParameterException{Message: "The parameter " + name + " is required."}
}

// clash is the error InvalidParameterCombination.
func clash(format string, args ...any) error {
	return &api.InvalidParameterCombinationException{Message: fmt.Sprintf(format, args...)}
}

// page continues a range where a token left off.
func page(r kv.Range, prefix kv.Key, token *string) (kv.Range, error) {
	r, ok := service.AfterToken(prefix, r, token)
	if !ok {
		return r, &api.InvalidNextToken{Message: "The service cannot parse the next token"}
	}
	return r, nil
}
