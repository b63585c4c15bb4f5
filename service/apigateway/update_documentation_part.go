package apigateway

import (
	"context"

	api "maru.dev/maru/api/apigateway"
	"maru.dev/maru/kv"
	"maru.dev/maru/service"
	"maru.dev/maru/service/apigateway/docs"
	"maru.dev/maru/service/apigateway/patch"
)

// UpdateDocumentationPart says something else of an API or a part of it.
//
// Spec: API Gateway API Reference, UpdateDocumentationPart, PatchOperation.
func (s *Service) UpdateDocumentationPart(ctx context.Context, in *api.UpdateDocumentationPartInput) (*api.UpdateDocumentationPartOutput, error) {
	return alter(ctx, s, documentationParts(), func(_ *kv.Tx, _ service.Home, p *api.DocumentationPart) error {
		rules := patch.Rules{patch.Replace("/properties", func(v string) error {
			p.Properties = &v
			return docs.CheckProperties(v)
		})}
		return rules.Apply(in.PatchOperations)
	}, in.RestApiId, in.DocumentationPartId)
}
