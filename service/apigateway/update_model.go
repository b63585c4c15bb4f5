package apigateway

import (
	"context"

	api "maru.dev/maru/api/apigateway"
	"maru.dev/maru/kv"
	"maru.dev/maru/service"
	"maru.dev/maru/service/apigateway/patch"
)

// UpdateModel changes a model's schema or description.
//
// Spec: API Gateway API Reference, UpdateModel, PatchOperation.
func (s *Service) UpdateModel(ctx context.Context, in *api.UpdateModelInput) (*api.UpdateModelOutput, error) {
	return alter(ctx, s, models(), func(tx *kv.Tx, at service.Home, m *api.ModelShape) error {
		rules := patch.Rules{patch.Only("/description", &m.Description), patch.Only("/schema", &m.Schema)}
		if err := rules.Apply(in.PatchOperations); err != nil {
			return err
		}
		return putModel(tx, at, in.RestApiId, m)
	}, in.RestApiId, in.ModelName)
}
