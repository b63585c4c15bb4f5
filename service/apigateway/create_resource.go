package apigateway

import (
	"context"

	api "maru.dev/maru/api/apigateway"
	"maru.dev/maru/kv"
	"maru.dev/maru/service"
)

// CreateResource adds a path below another.
//
// Spec: API Gateway API Reference, CreateResource.
func (s *Service) CreateResource(ctx context.Context, in *api.CreateResourceInput) (*api.CreateResourceOutput, error) {
	var made api.Resource
	id := s.newID(6)
	err := s.change(ctx, in.RestApiId, func(tx *kv.Tx, at service.Home, _ *apiRecord) (err error) {
		made, err = addResource(tx, at, in.RestApiId, id, in.ParentId, in.PathPart)
		return err
	})
	return &made, err
}
