package apigatewayv2

import (
	"context"

	api "maru.dev/maru/api/apigatewayv2"
	"maru.dev/maru/kv"
	"maru.dev/maru/service"
	"maru.dev/maru/wire"
)

// UpdateDeployment changes a deployment's description.
//
// Spec: API Gateway V2 API Reference, UpdateDeployment.
func (s *Service) UpdateDeployment(ctx context.Context, in *api.UpdateDeploymentInput) (*api.UpdateDeploymentOutput, error) {
	var d deploymentRecord
	err := s.change(ctx, in.ApiId, settings, func(tx *kv.Tx, h service.Home, _ *apiRecord) (err error) {
		if d, err = deployments().Need(tx, h, in.ApiId, in.DeploymentId); err != nil {
			return err
		}
		if len(wire.Value(in.Description)) > 1024 {
			return badRequest("Description must be at most 1024 characters in length.")
		}
		set(&d.Deployment.Description, in.Description)
		return deployments().Put(tx, d, h, in.ApiId, in.DeploymentId)
	})
	if err != nil {
		return nil, err
	}
	out := api.UpdateDeploymentOutput(d.Deployment)
	return &out, nil
}
