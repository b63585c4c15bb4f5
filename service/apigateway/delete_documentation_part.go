package apigateway

import (
	"context"

	api "maru.dev/maru/api/apigateway"
	"maru.dev/maru/kv"
	"maru.dev/maru/service"
)

// DeleteDocumentationPart unsays something. Versions that were made before keep
// it.
//
// Spec: API Gateway API Reference, DeleteDocumentationPart.
func (s *Service) DeleteDocumentationPart(ctx context.Context, in *api.DeleteDocumentationPartInput) (*api.DeleteDocumentationPartOutput, error) {
	err := s.change(ctx, in.RestApiId, func(tx *kv.Tx, at service.Home, _ *apiRecord) error {
		if _, err := documentationParts().Need(tx, at, in.RestApiId, in.DocumentationPartId); err != nil {
			return err
		}
		return documentationParts().Delete(tx, at, in.RestApiId, in.DocumentationPartId)
	})
	return &api.DeleteDocumentationPartOutput{}, err
}
