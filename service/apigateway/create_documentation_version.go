package apigateway

import (
	"context"

	api "maru.dev/maru/api/apigateway"
	"maru.dev/maru/kv"
	"maru.dev/maru/service"
)

// CreateDocumentationVersion keeps what is said of an API now, under a name, and
// gives it to a stage if it is to.
//
// Spec: API Gateway API Reference, CreateDocumentationVersion.
func (s *Service) CreateDocumentationVersion(ctx context.Context, in *api.CreateDocumentationVersionInput) (*api.CreateDocumentationVersionOutput, error) {
	if n := len(in.DocumentationVersion); n == 0 || n > 64 {
		return nil, badRequest("Documentation version must be between 1 and 64 characters in length")
	}
	v := &api.DocumentationVersion{Version: &in.DocumentationVersion, CreatedDate: s.now(), Description: in.Description}
	err := s.change(ctx, in.RestApiId, func(tx *kv.Tx, at service.Home, _ *apiRecord) error {
		return putVersion(tx, at, in.RestApiId, v, in.StageName)
	})
	if err != nil {
		return nil, err
	}
	return v, nil
}
