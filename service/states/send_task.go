package states

import (
	"context"
	"errors"

	api "maru.dev/maru/api/states"
	"maru.dev/maru/pattern/value"
	"maru.dev/maru/service/states/engine"
	"maru.dev/maru/service/states/flow"
	"maru.dev/maru/service/states/standard"
)

// taskGone is the answer to the token of a task that waits no more.
func taskGone() error {
	return &api.TaskTimedOut{Message: "Task Timed Out: 'Provided task does not exist anymore'"}
}

// answer takes a turn for the holder of a task's token.
func (s *Service) answer(ctx context.Context, text string, how func(t *engine.Turn, token standard.Token) error) error {
	token, ok := standard.ParseToken(text)
	if !ok {
		return &api.InvalidToken{Message: "Invalid Token: 'Invalid token'"}
	}
	_, err := s.runner.Change(ctx, token.Key(), func(x *standard.Execution) error {
		switch {
		case x == nil:
			return &api.TaskDoesNotExist{Message: "Task Does Not Exist: 'Provided task does not exist'"}
		case x.Status != engine.Running:
			return taskGone()
		}
		return nil
	}, func(t *engine.Turn, _ *standard.Execution) error {
		if !t.Holds(token.Thread, token.Event, token.Nonce) {
			return taskGone()
		}
		return how(t, token)
	})
	if errors.Is(err, engine.ErrStale) {
		return taskGone()
	}
	return err
}

// SendTaskSuccess ends a task well, with its result.
//
// Spec: Step Functions API Reference, SendTaskSuccess.
func (s *Service) SendTaskSuccess(ctx context.Context, in *api.SendTaskSuccessInput) (*api.SendTaskSuccessOutput, error) {
	result, err := value.Parse([]byte(in.Output))
	if err != nil {
		return nil, &api.InvalidOutput{Message: "Invalid Output: '" + err.Error() + "'"}
	}
	err = s.answer(ctx, in.TaskToken, func(t *engine.Turn, token standard.Token) error {
		return t.Answered(token.Thread, token.Event, result, nil)
	})
	return &api.SendTaskSuccessOutput{}, err
}

// SendTaskFailure ends a task badly.
//
// Spec: Step Functions API Reference, SendTaskFailure.
func (s *Service) SendTaskFailure(ctx context.Context, in *api.SendTaskFailureInput) (*api.SendTaskFailureOutput, error) {
	f := &flow.Failure{NoCause: in.Cause == nil}
	if in.Error != nil {
		f.Name = *in.Error
	}
	if in.Cause != nil {
		f.Cause = *in.Cause
	}
	err := s.answer(ctx, in.TaskToken, func(t *engine.Turn, token standard.Token) error {
		return t.Answered(token.Thread, token.Event, nil, f)
	})
	return &api.SendTaskFailureOutput{}, err
}

// SendTaskHeartbeat tells that a task's worker is alive.
//
// Spec: Step Functions API Reference, SendTaskHeartbeat.
func (s *Service) SendTaskHeartbeat(ctx context.Context, in *api.SendTaskHeartbeatInput) (*api.SendTaskHeartbeatOutput, error) {
	err := s.answer(ctx, in.TaskToken, func(t *engine.Turn, token standard.Token) error {
		return t.Beat(token.Thread, token.Event)
	})
	return &api.SendTaskHeartbeatOutput{}, err
}
