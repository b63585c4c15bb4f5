package apigateway

import (
	"context"

	api "maru.dev/maru/api/apigateway"
)

// GetDocumentationVersion returns a version of an API's documentation.
//
// Spec: API Gateway API Reference, GetDocumentationVersion.
func (s *Service) GetDocumentationVersion(ctx context.Context, in *api.GetDocumentationVersionInput) (*api.GetDocumentationVersionOutput, error) {
	v, err := find(ctx, s, documentationVersions(), in.RestApiId, in.DocumentationVersion)
	return &v, err
}

// GetDocumentationVersions lists the versions of an API's documentation.
//
// Spec: API Gateway API Reference, GetDocumentationVersions.
func (s *Service) GetDocumentationVersions(ctx context.Context, in *api.GetDocumentationVersionsInput) (out *api.GetDocumentationVersionsOutput, err error) {
	out = &api.GetDocumentationVersionsOutput{}
	out.Items, out.Position, err = listed(ctx, s, documentationVersions(), in.Limit, in.Position, in.RestApiId)
	return out, err
}
