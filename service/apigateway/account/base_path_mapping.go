package account

import (
	"context"
	"strings"

	api "maru.dev/maru/api/apigateway"
	second "maru.dev/maru/api/apigatewayv2"
	"maru.dev/maru/kv"
	"maru.dev/maru/service/apigateway/fault"
	"maru.dev/maru/service/apigateway/record"
	"maru.dev/maru/wire"
)

// emptyPath is how callers name the base path that has no name.
const emptyPath = "(none)"

// pathOf is a base path as the second API has it, without the name of the empty
// one.
func pathOf(base string) string {
	if base == emptyPath {
		return ""
	}
	return base
}

// checkPath checks what may be a base path.
func checkPath(base string) error {
	if strings.Contains(base, "/") {
		return fault.BadRequest("API Gateway V1 doesn't support the slash character (/) in base path mappings. To create a multi-level base path mapping, use API Gateway V2.")
	}
	return nil
}

// shownMapping is a mapping as the first API shows it.
func shownMapping(path *string, apiID, stage string) *api.BasePathMapping {
	out := &api.BasePathMapping{BasePath: path, RestApiId: &apiID, Stage: wire.Optional(stage)}
	if wire.Value(path) == "" {
		out.BasePath = new(emptyPath)
	}
	return out
}

// checkTarget checks that a REST API is there, and the stage that is named.
func (s *Service) checkTarget(ctx context.Context, apiID, stage string) error {
	return s.Store.View(ctx, func(tx *kv.Tx) error {
		at := record.Home(ctx)
		there, err := s.apis.HasStage(tx, at, apiID, "")
		if err == nil && !there {
			err = fault.NotFound("Invalid REST API identifier specified")
		}
		if err != nil {
			return err
		}
		there, err = s.apis.HasStage(tx, at, apiID, stage)
		if err == nil && !there {
			err = fault.NotFound("Invalid stage identifier specified")
		}
		return err
	})
}

// findMapping finds what a base path of a domain name leads to.
func (s *Service) findMapping(ctx context.Context, domain, base string) (m second.ApiMapping, err error) {
	list, err := s.mappings(ctx, domain)
	if err != nil {
		return m, err
	}
	for _, m := range list {
		if wire.Value(m.ApiMappingKey) == pathOf(base) {
			return m, nil
		}
	}
	return m, fault.NotFound(noMapping)
}

// checkFree refuses a base path that a domain name has already.
func (s *Service) checkFree(ctx context.Context, domain, base string) error {
	list, err := s.mappings(ctx, domain)
	for _, m := range list {
		if wire.Value(m.ApiMappingKey) == pathOf(base) {
			return fault.Conflict("Base path already exists for this domain name")
		}
	}
	return err
}
