package apigateway

import (
	"context"

	api "maru.dev/maru/api/apigateway"
	"maru.dev/maru/kv"
	"maru.dev/maru/service"
	"maru.dev/maru/service/apigateway/patch"
)

// UpdateDeployment changes what is said of a deployment.
//
// Spec: API Gateway API Reference, UpdateDeployment.
func (s *Service) UpdateDeployment(ctx context.Context, in *api.UpdateDeploymentInput) (*api.UpdateDeploymentOutput, error) {
	var out api.Deployment
	err := s.change(ctx, in.RestApiId, func(tx *kv.Tx, at service.Home, _ *apiRecord) error {
		d, err := deployments().Need(tx, at, in.RestApiId, in.DeploymentId)
		if err != nil {
			return err
		}
		rules := patch.Rules{patch.Text("/description", &d.Deployment.Description)}
		if err := rules.Apply(in.PatchOperations); err != nil {
			return err
		}
		out = d.Deployment
		return deployments().Put(tx, d, at, in.RestApiId, in.DeploymentId)
	})
	return &out, err
}
