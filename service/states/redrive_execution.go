package states

import (
	"context"
	"errors"

	api "maru.dev/maru/api/states"
	"maru.dev/maru/service/states/engine"
	"maru.dev/maru/service/states/standard"
)

// errRedriven says that the same request has redriven an execution already.
var errRedriven = errors.New("the execution is redriven")

// RedriveExecution takes an execution up again that has ended badly.
//
// Spec: Step Functions API Reference, RedriveExecution.
func (s *Service) RedriveExecution(ctx context.Context, in *api.RedriveExecutionInput) (*api.RedriveExecutionOutput, error) {
	k, err := parseExecution(in.ExecutionArn)
	if err != nil {
		return nil, err
	}
	now := s.Clock.Now()
	var old *standard.Execution
	x, err := s.runner.Change(ctx, k, func(x *standard.Execution) error {
		if x == nil {
			return noExecution(in.ExecutionArn)
		}
		old = x
		if in.ClientToken != nil && x.RedriveID == *in.ClientToken {
			return errRedriven
		}
		status, reason := x.Redrivable(now)
		if status != api.ExecutionRedriveStatusRedrivable {
			if reason == "" {
				reason = "Execution was started by a Map Run and can only be redriven with it"
			}
			return &api.ExecutionNotRedrivable{Message: "The execution you are trying to redrive is not redrivable: " + reason}
		}
		return nil
	}, func(t *engine.Turn, x *standard.Execution) error {
		token := ""
		if in.ClientToken != nil {
			token = *in.ClientToken
		}
		return x.Redrive(t, now, token)
	})
	if errors.Is(err, errRedriven) {
		x, err = old, nil
	}
	if err != nil {
		return nil, err
	}
	return &api.RedriveExecutionOutput{RedriveDate: standard.At(x.RedrivenAt)}, nil
}
