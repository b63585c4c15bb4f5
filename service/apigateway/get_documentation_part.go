package apigateway

import (
	"context"
	"strings"

	api "maru.dev/maru/api/apigateway"
	"maru.dev/maru/kv"
	"maru.dev/maru/service"
	"maru.dev/maru/service/apigateway/record"
	"maru.dev/maru/wire"
)

// GetDocumentationPart returns what is said of an API or a part of it.
//
// Spec: API Gateway API Reference, GetDocumentationPart.
func (s *Service) GetDocumentationPart(ctx context.Context, in *api.GetDocumentationPartInput) (*api.GetDocumentationPartOutput, error) {
	p, err := find(ctx, s, documentationParts(), in.RestApiId, in.DocumentationPartId)
	return &p, err
}

// GetDocumentationParts lists what is said of an API and its parts: of a type, of
// a path, or of what has a name.
//
// Spec: API Gateway API Reference, GetDocumentationParts.
func (s *Service) GetDocumentationParts(ctx context.Context, in *api.GetDocumentationPartsInput) (*api.GetDocumentationPartsOutput, error) {
	keep := func(p *api.DocumentationPart) bool {
		l := p.Location
		return (in.Type == nil || l.Type == *in.Type) && (in.Path == nil || wire.Value(l.Path) == *in.Path) &&
			strings.Contains(wire.Value(l.Name), wire.Value(in.NameQuery)) &&
			(in.LocationStatus == nil || *in.LocationStatus == status(p))
	}
	out := &api.GetDocumentationPartsOutput{}
	err := s.view(ctx, in.RestApiId, func(tx *kv.Tx, at service.Home, _ *apiRecord) (err error) {
		out.Items, out.Position, err = record.Pick(tx, in.Limit, in.Position, keep, documentationParts(), at, in.RestApiId)
		return err
	})
	return out, err
}

// status tells whether a documentation part says anything.
func status(p *api.DocumentationPart) string {
	if strings.TrimSpace(strings.Trim(strings.TrimSpace(*p.Properties), "{}")) == "" {
		return api.LocationStatusTypeUndocumented
	}
	return api.LocationStatusTypeDocumented
}
