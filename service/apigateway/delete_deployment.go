package apigateway

import (
	"context"

	api "maru.dev/maru/api/apigateway"
	"maru.dev/maru/kv"
	"maru.dev/maru/service"
	"maru.dev/maru/wire"
)

// DeleteDeployment removes a deployment that no stage serves.
//
// Spec: API Gateway API Reference, DeleteDeployment.
func (s *Service) DeleteDeployment(ctx context.Context, in *api.DeleteDeploymentInput) (*api.DeleteDeploymentOutput, error) {
	id := in.DeploymentId
	err := s.change(ctx, in.RestApiId, func(tx *kv.Tx, at service.Home, _ *apiRecord) error {
		if _, err := deployments().Need(tx, at, in.RestApiId, id); err != nil {
			return err
		}
		list, err := stages().All(tx, at, in.RestApiId)
		if err != nil {
			return err
		}
		for _, st := range list {
			if c := st.Stage.CanarySettings; wire.Value(st.Stage.DeploymentId) == id || c != nil && wire.Value(c.DeploymentId) == id {
				return badRequest("Active stages pointing to this deployment must be moved or deleted")
			}
		}
		_, kept := parts()
		for _, p := range kept {
			if err := p.Drop(tx, at, in.RestApiId, id); err != nil {
				return err
			}
		}
		return deployments().Delete(tx, at, in.RestApiId, id)
	})
	return &api.DeleteDeploymentOutput{}, err
}
