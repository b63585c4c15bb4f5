package apigateway

import (
	"context"

	api "maru.dev/maru/api/apigateway"
	"maru.dev/maru/kv"
	"maru.dev/maru/service"
)

// CreateModel describes the bodies of requests or answers by a JSON schema.
//
// Spec: API Gateway API Reference, CreateModel.
func (s *Service) CreateModel(ctx context.Context, in *api.CreateModelInput) (*api.CreateModelOutput, error) {
	m := &api.ModelShape{Id: new(s.newID(6)), Name: &in.Name, Description: in.Description, Schema: in.Schema, ContentType: &in.ContentType}
	err := s.change(ctx, in.RestApiId, func(tx *kv.Tx, at service.Home, _ *apiRecord) error {
		if _, taken, err := models().Get(tx, at, in.RestApiId, in.Name); err != nil {
			return err
		} else if taken {
			return conflict("Model name already exists for this REST API")
		}
		return putModel(tx, at, in.RestApiId, m)
	})
	if err != nil {
		return nil, err
	}
	return m, nil
}
