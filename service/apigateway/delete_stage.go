package apigateway

import (
	"context"

	api "maru.dev/maru/api/apigateway"
	"maru.dev/maru/kv"
	"maru.dev/maru/service"
)

// DeleteStage removes a stage. What it served stays.
//
// Spec: API Gateway API Reference, DeleteStage.
func (s *Service) DeleteStage(ctx context.Context, in *api.DeleteStageInput) (*api.DeleteStageOutput, error) {
	err := s.change(ctx, in.RestApiId, func(tx *kv.Tx, at service.Home, _ *apiRecord) error {
		if _, err := stages().Need(tx, at, in.RestApiId, in.StageName); err != nil {
			return err
		}
		return stages().Delete(tx, at, in.RestApiId, in.StageName)
	})
	return &api.DeleteStageOutput{}, err
}
