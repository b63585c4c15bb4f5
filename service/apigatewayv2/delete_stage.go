package apigatewayv2

import (
	"context"

	api "maru.dev/maru/api/apigatewayv2"
	"maru.dev/maru/kv"
	"maru.dev/maru/service"
	"maru.dev/maru/wire"
)

// DeleteStage removes a stage that no domain name leads to.
//
// Spec: API Gateway V2 API Reference, DeleteStage.
func (s *Service) DeleteStage(ctx context.Context, in *api.DeleteStageInput) (*api.DeleteStageOutput, error) {
	err := s.change(ctx, in.ApiId, settings, func(tx *kv.Tx, h service.Home, _ *apiRecord) error {
		st, err := stages().Need(tx, h, in.ApiId, in.StageName)
		if err != nil {
			return err
		}
		if err := checkUnmapped(tx, h, in.ApiId, in.StageName); err != nil {
			return err
		}
		if err := stages().Delete(tx, h, in.ApiId, in.StageName); err != nil {
			return err
		}
		rest, err := stages().All(tx, h, in.ApiId)
		if err != nil {
			return err
		}
		for _, other := range rest {
			if wire.Value(other.Stage.DeploymentId) == wire.Value(st.Stage.DeploymentId) {
				return nil
			}
		}
		return dropLive(tx, h, in.ApiId, wire.Value(st.Stage.DeploymentId))
	})
	return &api.DeleteStageOutput{}, err
}
