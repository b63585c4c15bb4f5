package apigateway

import (
	"context"

	api "maru.dev/maru/api/apigateway"
	"maru.dev/maru/kv"
	"maru.dev/maru/service"
)

// DeleteDocumentationVersion removes a version of an API's documentation that no
// stage has.
//
// Spec: API Gateway API Reference, DeleteDocumentationVersion.
func (s *Service) DeleteDocumentationVersion(ctx context.Context, in *api.DeleteDocumentationVersionInput) (*api.DeleteDocumentationVersionOutput, error) {
	id, version := in.RestApiId, in.DocumentationVersion
	err := s.change(ctx, id, func(tx *kv.Tx, at service.Home, _ *apiRecord) error {
		if _, err := documentationVersions().Need(tx, at, id, version); err != nil {
			return err
		}
		by, err := versionUser(tx, at, id, version)
		switch {
		case err != nil:
			return err
		case by != "":
			return conflict("Documentation version %s is in use by stage %s", version, by)
		}
		if err := snapshot(documentationParts()).Drop(tx, at, id, version); err != nil {
			return err
		}
		return documentationVersions().Delete(tx, at, id, version)
	})
	return &api.DeleteDocumentationVersionOutput{}, err
}
