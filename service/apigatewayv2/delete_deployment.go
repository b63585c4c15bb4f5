package apigatewayv2

import (
	"context"

	api "maru.dev/maru/api/apigatewayv2"
	"maru.dev/maru/kv"
	"maru.dev/maru/service"
	"maru.dev/maru/wire"
)

// DeleteDeployment removes a deployment that no stage serves.
//
// Spec: API Gateway V2 API Reference, DeleteDeployment.
func (s *Service) DeleteDeployment(ctx context.Context, in *api.DeleteDeploymentInput) (*api.DeleteDeploymentOutput, error) {
	err := s.change(ctx, in.ApiId, settings, func(tx *kv.Tx, h service.Home, _ *apiRecord) error {
		if _, err := deployments().Need(tx, h, in.ApiId, in.DeploymentId); err != nil {
			return err
		}
		list, err := stages().All(tx, h, in.ApiId)
		if err != nil {
			return err
		}
		for _, st := range list {
			if wire.Value(st.Stage.DeploymentId) == in.DeploymentId {
				return badRequest("Active stages pointing to this deployment must be moved or deleted")
			}
		}
		return dropDeployment(tx, h, in.ApiId, in.DeploymentId)
	})
	return &api.DeleteDeploymentOutput{}, err
}

// dropDeployment removes a deployment with what it froze.
func dropDeployment(tx *kv.Tx, h service.Home, apiID, id string) error {
	if err := snapshot(routes()).Drop(tx, h, apiID, id); err != nil {
		return err
	}
	if err := snapshot(integrations()).Drop(tx, h, apiID, id); err != nil {
		return err
	}
	if err := snapshot(authorizers()).Drop(tx, h, apiID, id); err != nil {
		return err
	}
	return deployments().Delete(tx, h, apiID, id)
}
