package apigateway

import (
	"context"

	api "maru.dev/maru/api/apigateway"
	"maru.dev/maru/kv"
	"maru.dev/maru/service"
)

// DeleteGatewayResponse has the gateway answer by itself again.
//
// Spec: API Gateway API Reference, DeleteGatewayResponse.
func (s *Service) DeleteGatewayResponse(ctx context.Context, in *api.DeleteGatewayResponseInput) (*api.DeleteGatewayResponseOutput, error) {
	err := s.change(ctx, in.RestApiId, func(tx *kv.Tx, at service.Home, _ *apiRecord) error {
		if _, err := responses().Need(tx, at, in.RestApiId, in.ResponseType); err != nil {
			return err
		}
		return responses().Delete(tx, at, in.RestApiId, in.ResponseType)
	})
	return &api.DeleteGatewayResponseOutput{}, err
}
