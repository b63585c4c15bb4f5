package apigateway

import (
	"context"

	api "maru.dev/maru/api/apigateway"
	"maru.dev/maru/service/apigateway/stage"
)

// UpdateStage changes a stage: what it serves, to whom, and what it tells of it.
//
// Spec: API Gateway API Reference, UpdateStage.
func (s *Service) UpdateStage(ctx context.Context, in *api.UpdateStageInput) (*api.UpdateStageOutput, error) {
	out, err := s.changeStage(ctx, in.RestApiId, in.StageName, func(r *stageRecord) error {
		return stage.Patch(&r.Stage, in.PatchOperations)
	})
	return &out, err
}
