package apigateway

import (
	"context"
	"maps"

	api "maru.dev/maru/api/apigateway"
	"maru.dev/maru/kv"
	"maru.dev/maru/service"
	"maru.dev/maru/service/apigateway/patch"
)

// UpdateGatewayResponse changes how the gateway answers, from what was set or from
// what it does by itself.
//
// Spec: API Gateway API Reference, UpdateGatewayResponse, PatchOperation.
func (s *Service) UpdateGatewayResponse(ctx context.Context, in *api.UpdateGatewayResponseInput) (*api.UpdateGatewayResponseOutput, error) {
	var r api.GatewayResponse
	err := s.change(ctx, in.RestApiId, func(tx *kv.Tx, at service.Home, _ *apiRecord) (err error) {
		if r, err = needResponse(tx, at, in.RestApiId, in.ResponseType); err != nil {
			return err
		}
		r.ResponseParameters, r.ResponseTemplates = maps.Clone(r.ResponseParameters), maps.Clone(r.ResponseTemplates)
		rules := patch.Rules{
			patch.Map("/responseParameters/{name}", &r.ResponseParameters), patch.Map("/responseTemplates/{contentType}", &r.ResponseTemplates),
			patch.Only("/statusCode", &r.StatusCode),
		}
		if err := rules.Apply(in.PatchOperations); err != nil {
			return err
		}
		r.DefaultResponse = nil
		r, err = setResponse(tx, at, in.RestApiId, &r)
		return err
	})
	if err != nil {
		return nil, err
	}
	return &r, nil
}
