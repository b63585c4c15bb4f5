package apigateway

import (
	"context"

	api "maru.dev/maru/api/apigateway"
	"maru.dev/maru/kv"
	"maru.dev/maru/service"
	"maru.dev/maru/service/apigateway/patch"
)

// UpdateDocumentationVersion describes a version of an API's documentation.
//
// Spec: API Gateway API Reference, UpdateDocumentationVersion, PatchOperation.
func (s *Service) UpdateDocumentationVersion(ctx context.Context, in *api.UpdateDocumentationVersionInput) (*api.UpdateDocumentationVersionOutput, error) {
	return alter(ctx, s, documentationVersions(), func(_ *kv.Tx, _ service.Home, v *api.DocumentationVersion) error {
		return patch.Rules{patch.Only("/description", &v.Description)}.Apply(in.PatchOperations)
	}, in.RestApiId, in.DocumentationVersion)
}
