package account

import (
	"context"
	"strconv"

	api "maru.dev/maru/api/apigateway"
	second "maru.dev/maru/api/apigatewayv2"
	"maru.dev/maru/service/apigateway/patch"
	"maru.dev/maru/service/apigateway/record"
	"maru.dev/maru/wire"
)

// CreateBasePathMapping leads a path of a domain name to a stage of an API; without
// a stage, to all of them, each below its name.
//
// Spec: API Gateway API Reference, CreateBasePathMapping.
func (s *Service) CreateBasePathMapping(ctx context.Context, in *api.CreateBasePathMappingInput) (*api.CreateBasePathMappingOutput, error) {
	base, stage := pathOf(wire.Value(in.BasePath)), wire.Value(in.Stage)
	if err := checkPath(base); err != nil {
		return nil, err
	}
	if err := s.checkFree(ctx, in.DomainName, base); err != nil {
		return nil, err
	}
	if err := s.checkTarget(ctx, in.RestApiId, stage); err != nil {
		return nil, err
	}
	made, err := ask[*second.CreateApiMappingOutput](ctx, s, noDomain, "CreateApiMapping", &second.CreateApiMappingInput{
		DomainName: in.DomainName, ApiId: in.RestApiId, Stage: stage, ApiMappingKey: &base,
	})
	if err != nil {
		return nil, err
	}
	return shownMapping(made.ApiMappingKey, *made.ApiId, *made.Stage), nil
}

// GetBasePathMapping tells where a path of a domain name leads.
//
// Spec: API Gateway API Reference, GetBasePathMapping.
func (s *Service) GetBasePathMapping(ctx context.Context, in *api.GetBasePathMappingInput) (*api.GetBasePathMappingOutput, error) {
	m, err := s.findMapping(ctx, in.DomainName, in.BasePath)
	if err != nil {
		return nil, err
	}
	return shownMapping(m.ApiMappingKey, m.ApiId, m.Stage), nil
}

// GetBasePathMappings lists where the paths of a domain name lead.
//
// Spec: API Gateway API Reference, GetBasePathMappings.
func (s *Service) GetBasePathMappings(ctx context.Context, in *api.GetBasePathMappingsInput) (*api.GetBasePathMappingsOutput, error) {
	n, err := record.Limit(in.Limit)
	if err != nil {
		return nil, err
	}
	page, err := ask[*second.GetApiMappingsOutput](ctx, s, noDomain, "GetApiMappings", &second.GetApiMappingsInput{
		DomainName: in.DomainName, MaxResults: new(strconv.Itoa(n)), NextToken: in.Position,
	})
	if err != nil {
		return nil, err
	}
	out := &api.GetBasePathMappingsOutput{Items: []api.BasePathMapping{}, Position: page.NextToken}
	for _, m := range page.Items {
		out.Items = append(out.Items, *shownMapping(m.ApiMappingKey, m.ApiId, m.Stage))
	}
	return out, nil
}

// UpdateBasePathMapping leads a path of a domain name elsewhere, or another path
// to where this one has led.
//
// Spec: API Gateway API Reference, UpdateBasePathMapping, PatchOperation.
func (s *Service) UpdateBasePathMapping(ctx context.Context, in *api.UpdateBasePathMappingInput) (*api.UpdateBasePathMappingOutput, error) {
	m, err := s.findMapping(ctx, in.DomainName, in.BasePath)
	if err != nil {
		return nil, err
	}
	base := wire.Value(m.ApiMappingKey)
	set := func(to *string) func(string) error {
		return func(v string) error { *to = v; return nil }
	}
	rules := patch.Rules{
		patch.Replace("/basePath", func(v string) error { base = pathOf(v); return checkPath(base) }),
		patch.Replace("/restapiId", set(&m.ApiId)), patch.Replace("/stage", set(&m.Stage)),
	}
	if err := rules.Apply(in.PatchOperations); err != nil {
		return nil, err
	}
	if base != wire.Value(m.ApiMappingKey) {
		if err := s.checkFree(ctx, in.DomainName, base); err != nil {
			return nil, err
		}
	}
	if err := s.checkTarget(ctx, m.ApiId, m.Stage); err != nil {
		return nil, err
	}
	made, err := ask[*second.UpdateApiMappingOutput](ctx, s, noMapping, "UpdateApiMapping", &second.UpdateApiMappingInput{
		DomainName: in.DomainName, ApiMappingId: *m.ApiMappingId, ApiId: m.ApiId, ApiMappingKey: &base, Stage: &m.Stage,
	})
	if err != nil {
		return nil, err
	}
	return shownMapping(made.ApiMappingKey, *made.ApiId, *made.Stage), nil
}

// DeleteBasePathMapping has a path of a domain name lead nowhere.
//
// Spec: API Gateway API Reference, DeleteBasePathMapping.
func (s *Service) DeleteBasePathMapping(ctx context.Context, in *api.DeleteBasePathMappingInput) (*api.DeleteBasePathMappingOutput, error) {
	m, err := s.findMapping(ctx, in.DomainName, in.BasePath)
	if err != nil {
		return nil, err
	}
	_, err = ask[*second.DeleteApiMappingOutput](ctx, s, noMapping, "DeleteApiMapping", &second.DeleteApiMappingInput{DomainName: in.DomainName, ApiMappingId: *m.ApiMappingId})
	return &api.DeleteBasePathMappingOutput{}, err
}
