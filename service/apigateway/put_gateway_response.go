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
		r, err = setResponse(tx, at, in.RestApiId, &set)
		return err
	})
	if err != nil {
		return nil, err
	}
	return &r, nil
}
