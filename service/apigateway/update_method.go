package apigateway

import (
	"context"

	api "maru.dev/maru/api/apigateway"
	"maru.dev/maru/kv"
	"maru.dev/maru/service"
	"maru.dev/maru/service/apigateway/method"
)

// UpdateMethod changes what a method takes, and who may call it.
//
// Spec: API Gateway API Reference, UpdateMethod.
func (s *Service) UpdateMethod(ctx context.Context, in *api.UpdateMethodInput) (out *api.UpdateMethodOutput, err error) {
	err = s.changeMethod(ctx, of{in.RestApiId, in.ResourceId, in.HttpMethod}, func(tx *kv.Tx, at service.Home, m *api.Method) error {
		if err := method.Patch(m, in.PatchOperations); err != nil {
			return err
		}
		out = m
		return checkMethod(tx, at, in.RestApiId, m)
	})
	return out, err
}
