package apigateway

import (
	"context"

	api "maru.dev/maru/api/apigateway"
	"maru.dev/maru/kv"
	"maru.dev/maru/service"
)

// PutGatewayResponse says how the gateway answers where it does so itself.
//
// Spec: API Gateway API Reference, PutGatewayResponse.
func (s *Service) PutGatewayResponse(ctx context.Context, in *api.PutGatewayResponseInput) (*api.PutGatewayResponseOutput, error) {
	set := api.GatewayResponse{
		ResponseType: &in.ResponseType, StatusCode: in.StatusCode,
		ResponseParameters: in.ResponseParameters, ResponseTemplates: in.ResponseTemplates,
	}
	var r api.GatewayResponse
	err := s.change(ctx, in.RestApiId, func(tx *kv.Tx, at service.Home, _ *apiRecord) (err error) {
		if err := putResponse(tx, at, in.RestApiId, &set); err != nil {
			return err
		}
		r, err = needResponse(tx, at, in.RestApiId, in.ResponseType)
		return err
	})
	if err != nil {
		return nil, err
	}
	return &r, nil
}
