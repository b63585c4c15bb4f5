package apigateway

import (
	"context"

	api "maru.dev/maru/api/apigateway"
	"maru.dev/maru/kv"
	"maru.dev/maru/service"
	"maru.dev/maru/service/apigateway/method"
)

// UpdateMethodResponse changes an answer that a method may give.
//
// Spec: API Gateway API Reference, UpdateMethodResponse.
func (s *Service) UpdateMethodResponse(ctx context.Context, in *api.UpdateMethodResponseInput) (out *api.UpdateMethodResponseOutput, err error) {
	err = s.changeMethod(ctx, of{in.RestApiId, in.ResourceId, in.HttpMethod}, func(tx *kv.Tx, at service.Home, m *api.Method) error {
		if out, err = responseOf(m, in.StatusCode); err != nil {
			return err
		}
		if err := method.PatchResponse(out, in.PatchOperations); err != nil {
			return err
		}
		m.MethodResponses[in.StatusCode] = *out
		return checkResponse(tx, at, in.RestApiId, out)
	})
	return out, err
}
