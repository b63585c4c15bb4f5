package states

import (
	"context"
	"time"

	api "maru.dev/maru/api/states"
	"maru.dev/maru/service/states/trial"
)

// testTime is how long a tested state may take.
const testTime = 5 * time.Minute

// TestState runs a single state once, and shows what becomes of its data on the
// way.
//
// Spec: Step Functions API Reference, TestState.
func (s *Service) TestState(ctx context.Context, in *api.TestStateInput) (*api.TestStateOutput, error) {
	input, err := readInput(in.Input)
	if err != nil {
		return nil, err
	}
	ctx, stop := context.WithTimeout(ctx, testTime)
	defer stop()
	return trial.Trial{Deps: s.Deps, Integrations: s.integrations, Home: homeOf(ctx), Input: input.Value}.Run(ctx, in)
}
