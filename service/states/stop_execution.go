package states

import (
	"context"
	"errors"

	api "maru.dev/maru/api/states"
	"maru.dev/maru/service/states/engine"
	"maru.dev/maru/service/states/standard"
)

// errEnded says that an execution has ended already.
var errEnded = errors.New("the execution has ended")

// stillRuns is errEnded for an execution that does not run.
func stillRuns(x *standard.Execution) error {
	if x == nil || x.Status != engine.Running {
		return errEnded
	}
	return nil
}

// stopWith stops an execution.
func stopWith(name, cause *string) func(t *engine.Turn, x *standard.Execution) error {
	return func(t *engine.Turn, _ *standard.Execution) error { return t.Stop(name, cause) }
}

// StopExecution ends an execution. One that has ended stays as it is.
//
// Spec: Step Functions API Reference, StopExecution.
func (s *Service) StopExecution(ctx context.Context, in *api.StopExecutionInput) (*api.StopExecutionOutput, error) {
	k, err := parseExecution(in.ExecutionArn)
	if err != nil {
		return nil, err
	}
	var old *standard.Execution
	x, err := s.runner.Change(ctx, k, func(x *standard.Execution) error {
		if x == nil {
			return noExecution(in.ExecutionArn)
		}
		old = x
		return stillRuns(x)
	}, stopWith(in.Error, in.Cause))
	if errors.Is(err, errEnded) {
		x, err = old, nil
	}
	if err != nil {
		return nil, err
	}
	return &api.StopExecutionOutput{StopDate: standard.At(x.Stopped)}, nil
}

// parseExecution reads the ARN of an execution that is kept.
func parseExecution(text string) (standard.Key, error) {
	_, parts, err := resource(text)
	if err != nil {
		return standard.Key{}, err
	}
	if parts[0] != "execution" {
		return standard.Key{}, wrongKind(parts[0])
	}
	k, ok := standard.ParseARN(text)
	if !ok {
		return standard.Key{}, invalidARN("Invalid ARN: " + text)
	}
	return k, nil
}

// noExecution is the answer where there is no such execution.
func noExecution(arn string) error {
	return &api.ExecutionDoesNotExist{Message: "Execution Does Not Exist: '" + arn + "'"}
}
