package apigateway

import (
	"context"

	api "maru.dev/maru/api/apigateway"
	"maru.dev/maru/kv"
	"maru.dev/maru/service"
	"maru.dev/maru/service/apigateway/docs"
)

// CreateDocumentationPart says something of an API or a part of it.
//
// Spec: API Gateway API Reference, CreateDocumentationPart.
func (s *Service) CreateDocumentationPart(ctx context.Context, in *api.CreateDocumentationPartInput) (*api.CreateDocumentationPartOutput, error) {
	p := &api.DocumentationPart{Id: new(s.newID(6)), Location: in.Location, Properties: &in.Properties}
	if err := docs.CheckLocation(p.Location); err != nil {
		return nil, err
	}
	if err := docs.CheckProperties(in.Properties); err != nil {
		return nil, err
	}
	err := s.change(ctx, in.RestApiId, func(tx *kv.Tx, at service.Home, _ *apiRecord) error {
		list, err := documentationParts().All(tx, at, in.RestApiId)
		switch {
		case err != nil:
			return err
		case partAt(list, p.Location) != nil:
			return conflict("Documentation part already exists for the specified location: %s.", docs.Text(p.Location))
		case len(list) >= maxDocumentationParts:
			return limitExceeded("Maximum number of Documentation parts for this API has been reached")
		}
		return documentationParts().Put(tx, *p, at, in.RestApiId, *p.Id)
	})
	if err != nil {
		return nil, err
	}
	return p, nil
}
