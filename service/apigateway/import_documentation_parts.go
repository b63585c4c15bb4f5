package apigateway

import (
	"context"
	"strings"

	api "maru.dev/maru/api/apigateway"
	"maru.dev/maru/kv"
	"maru.dev/maru/service"
	"maru.dev/maru/service/apigateway/docs"
	"maru.dev/maru/wire"
)

// ImportDocumentationParts takes what an OpenAPI document says of an API in
// x-amazon-apigateway-documentation. What is said of the same already is kept
// beside it, or overwritten. What cannot be taken is told in warnings; if these are
// failures, nothing is taken.
//
// Spec: API Gateway API Reference, ImportDocumentationParts; Developer Guide,
// "Import API documentation".
func (s *Service) ImportDocumentationParts(ctx context.Context, in *api.ImportDocumentationPartsInput) (*api.ImportDocumentationPartsOutput, error) {
	list, warnings, err := s.readDocumentation(in.Body)
	if err != nil {
		return nil, err
	}
	if len(warnings) > 0 && wire.Value(in.FailOnWarnings) {
		return nil, badRequest("Warnings found during import: %s", strings.Join(warnings, ", "))
	}
	out := &api.ImportDocumentationPartsOutput{Warnings: warnings}
	err = s.change(ctx, in.RestApiId, func(tx *kv.Tx, at service.Home, _ *apiRecord) (err error) {
		out.Ids, err = putDocumentation(tx, at, in.RestApiId, list, wire.Or(in.Mode, api.PutModeMerge))
		return err
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// readDocumentation reads the documentation parts of an OpenAPI document, and what
// is wrong with it.
func (s *Service) readDocumentation(body []byte) (list []api.DocumentationPart, warnings []string, err error) {
	list, warnings, err = docs.Read(body)
	for i := range list {
		list[i].Id = new(s.newID(6))
	}
	return list, warnings, err
}

// putDocumentation writes documentation parts, and returns their ids: those of
// parts that are there already stay.
func putDocumentation(tx *kv.Tx, at service.Home, apiID string, list []api.DocumentationPart, mode string) ([]string, error) {
	have, err := documentationParts().All(tx, at, apiID)
	if err != nil {
		return nil, err
	}
	ids := []string{}
	for _, p := range list {
		if old := partAt(have, p.Location); old != nil {
			p.Id = old.Id
			if mode == api.PutModeMerge {
				p.Properties = new(docs.Merge(*old.Properties, *p.Properties))
			}
			*old = p
		} else if have = append(have, p); len(have) > maxDocumentationParts {
			return nil, limitExceeded("Maximum number of Documentation parts for this API has been reached")
		}
		if err := documentationParts().Put(tx, p, at, apiID, *p.Id); err != nil {
			return nil, err
		}
		ids = append(ids, *p.Id)
	}
	return ids, nil
}
