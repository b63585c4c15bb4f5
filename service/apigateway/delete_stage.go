package apigateway

import (
	"context"

	api "maru.dev/maru/api/apigateway"
	"maru.dev/maru/kv"
	"maru.dev/maru/service"
	"maru.dev/maru/service/apigateway/account"
)

// DeleteStage removes a stage that no domain name leads to. What it served stays.
//
// Spec: API Gateway API Reference, DeleteStage.
func (s *Service) DeleteStage(ctx context.Context, in *api.DeleteStageInput) (*api.DeleteStageOutput, error) {
	if err := s.CheckUnmapped(ctx, in.RestApiId, in.StageName); err != nil {
		return nil, err
	}
	err := s.change(ctx, in.RestApiId, func(tx *kv.Tx, at service.Home, _ *apiRecord) error {
		if _, err := stages().Need(tx, at, in.RestApiId, in.StageName); err != nil {
			return err
		}
		if err := account.Forget(tx, at, in.RestApiId, in.StageName); err != nil {
			return err
		}
		return stages().Delete(tx, at, in.RestApiId, in.StageName)
	})
	return &api.DeleteStageOutput{}, err
}
