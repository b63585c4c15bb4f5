package apigateway

import (
	"context"

	api "maru.dev/maru/api/apigateway"
	"maru.dev/maru/gateway/rest/plan"
	"maru.dev/maru/kv"
	"maru.dev/maru/service"
)

// GetGatewayResponse returns how the gateway answers, whether that was set or not.
//
// Spec: API Gateway API Reference, GetGatewayResponse.
func (s *Service) GetGatewayResponse(ctx context.Context, in *api.GetGatewayResponseInput) (*api.GetGatewayResponseOutput, error) {
	var r api.GatewayResponse
	err := s.view(ctx, in.RestApiId, func(tx *kv.Tx, at service.Home, _ *apiRecord) (err error) {
		r, err = needResponse(tx, at, in.RestApiId, in.ResponseType)
		return err
	})
	return &r, err
}

// GetGatewayResponses lists the gateway responses of all types. They are fewer
// than a page: limit and position do not matter.
//
// Spec: API Gateway API Reference, GetGatewayResponses.
func (s *Service) GetGatewayResponses(ctx context.Context, in *api.GetGatewayResponsesInput) (*api.GetGatewayResponsesOutput, error) {
	out := &api.GetGatewayResponsesOutput{}
	err := s.view(ctx, in.RestApiId, func(tx *kv.Tx, at service.Home, _ *apiRecord) error {
		set, err := responsesOf(tx, at, in.RestApiId)
		out.Items = plan.Responses(set)
		return err
	})
	return out, err
}
