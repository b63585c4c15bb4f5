package apigatewayv2

import (
	"context"
	"errors"
	"strings"

	rest "maru.dev/maru/api/apigateway"
	api "maru.dev/maru/api/apigatewayv2"
	"maru.dev/maru/call"
	"maru.dev/maru/kv"
	"maru.dev/maru/service"
	"maru.dev/maru/wire"
)

// maxMappings is how many mappings a domain name has.
const maxMappings = 200

// mappingOutput is a mapping as an output.
func mappingOutput(m api.ApiMapping) *api.GetApiMappingOutput {
	return &api.GetApiMappingOutput{ApiId: &m.ApiId, ApiMappingId: m.ApiMappingId, ApiMappingKey: m.ApiMappingKey, Stage: &m.Stage}
}

// isREST tells whether an API is none of this service's but a REST API, with the
// stage. Without a stage its mapping leaves that to the path; only the first API
// can ask for it.
func (s *Service) isREST(ctx context.Context, apiID, stage string) (bool, error) {
	info := call.From(ctx)
	var ours bool
	err := s.Store.View(ctx, func(tx *kv.Tx) (err error) {
		_, ours, err = apis().Get(tx, homeOf(info), apiID)
		return err
	})
	if err != nil || ours {
		return false, err
	}
	ctx = call.As(ctx, "apigateway.amazonaws.com", "", info.Account, info.Region)
	if _, err = s.Caller.Call(ctx, "apigateway", "GetRestApi", &rest.GetRestApiInput{RestApiId: apiID}); err != nil {
		return false, refused(err, apis().Missing(homeOf(info), apiID))
	}
	if stage == "" && first(info) {
		return true, nil
	}
	_, err = s.Caller.Call(ctx, "apigateway", "GetStage", &rest.GetStageInput{RestApiId: apiID, StageName: stage})
	return err == nil, refused(err, stages().Missing(homeOf(info), stage))
}

// refused is what the caller is told instead of the other service's refusal.
func refused(err, instead error) error {
	if theirs := wire.Error(nil); errors.As(err, &theirs) {
		return instead
	}
	return err
}

// checkMapped checks that what a mapping leads to is there.
func checkMapped(tx *kv.Tx, h service.Home, m *api.ApiMapping) error {
	if _, err := apis().Need(tx, h, m.ApiId); err != nil {
		return err
	}
	_, err := stages().Need(tx, h, m.ApiId, m.Stage)
	return err
}

// putMapping checks and writes a mapping.
func putMapping(tx *kv.Tx, h service.Home, domain string, m *api.ApiMapping, isREST bool) error {
	d, err := domains().Need(tx, h, domain)
	if err != nil {
		return err
	}
	if !isREST {
		if *d.Domain.DomainNameConfigurations[0].EndpointType == api.EndpointTypeEdge {
			return badRequest("Only REST APIs can be attached to EDGE domain names.")
		}
		if err := checkMapped(tx, h, m); err != nil {
			return err
		}
	}
	key := wire.Value(m.ApiMappingKey)
	if key != "" && (strings.HasPrefix(key, "/") || strings.HasSuffix(key, "/") || strings.Contains(key, "//") || strings.ContainsAny(key, " ?#{}%") || len(key) > 300) {
		return badRequest("API mapping key %s is not valid. It can contain letters, numbers and $-_.+!*'()/, and must not begin or end with a slash", key)
	}
	list, err := mappings().All(tx, h, domain)
	if err != nil {
		return err
	}
	for _, other := range list {
		if *other.ApiMappingId != *m.ApiMappingId && wire.Value(other.ApiMappingKey) == key {
			return conflict("ApiMapping key already exists for this domain name")
		}
	}
	if len(list) >= maxMappings {
		return &api.TooManyRequestsException{Message: "Maximum number of API mappings for this domain name has been reached", LimitType: new("API_MAPPINGS_PER_DOMAIN")}
	}
	return mappings().Put(tx, *m, h, domain, *m.ApiMappingId)
}

// CreateApiMapping leads a path of a domain name to a stage of an API.
//
// Spec: API Gateway V2 API Reference, CreateApiMapping.
func (s *Service) CreateApiMapping(ctx context.Context, in *api.CreateApiMappingInput) (*api.CreateApiMappingOutput, error) {
	m := api.ApiMapping{ApiId: in.ApiId, ApiMappingId: new(s.newID(6)), ApiMappingKey: new(wire.Value(in.ApiMappingKey)), Stage: in.Stage}
	isREST, err := s.isREST(ctx, in.ApiId, in.Stage)
	if err != nil {
		return nil, err
	}
	err = s.Store.Update(ctx, func(tx *kv.Tx) error {
		return putMapping(tx, homeOf(call.From(ctx)), strings.ToLower(in.DomainName), &m, isREST)
	})
	if err != nil {
		return nil, err
	}
	return (*api.CreateApiMappingOutput)(mappingOutput(m)), nil
}

// needMapping reads a mapping of a domain name that is there.
func needMapping(tx *kv.Tx, h service.Home, domain, id string) (api.ApiMapping, error) {
	if _, err := domains().Need(tx, h, domain); err != nil {
		return api.ApiMapping{}, err
	}
	return mappings().Need(tx, h, domain, id)
}

// GetApiMapping returns a mapping.
//
// Spec: API Gateway V2 API Reference, GetApiMapping.
func (s *Service) GetApiMapping(ctx context.Context, in *api.GetApiMappingInput) (*api.GetApiMappingOutput, error) {
	var m api.ApiMapping
	err := s.Store.View(ctx, func(tx *kv.Tx) (err error) {
		m, err = needMapping(tx, homeOf(call.From(ctx)), strings.ToLower(in.DomainName), in.ApiMappingId)
		return err
	})
	if err != nil {
		return nil, err
	}
	return mappingOutput(m), nil
}

// GetApiMappings lists the mappings of a domain name.
//
// Spec: API Gateway V2 API Reference, GetApiMappings.
func (s *Service) GetApiMappings(ctx context.Context, in *api.GetApiMappingsInput) (*api.GetApiMappingsOutput, error) {
	p, err := newPaging(in.MaxResults, in.NextToken)
	if err != nil {
		return nil, err
	}
	h, domain := homeOf(call.From(ctx)), strings.ToLower(in.DomainName)
	out := &api.GetApiMappingsOutput{}
	err = s.Store.View(ctx, func(tx *kv.Tx) (err error) {
		if _, err = domains().Need(tx, h, domain); err != nil {
			return err
		}
		out.Items, out.NextToken, err = page(tx, p, mappings(), h, domain)
		return err
	})
	return out, err
}

// UpdateApiMapping leads a mapping elsewhere.
//
// Spec: API Gateway V2 API Reference, UpdateApiMapping.
func (s *Service) UpdateApiMapping(ctx context.Context, in *api.UpdateApiMappingInput) (*api.UpdateApiMappingOutput, error) {
	h, domain := homeOf(call.From(ctx)), strings.ToLower(in.DomainName)
	before, err := s.GetApiMapping(ctx, &api.GetApiMappingInput{DomainName: in.DomainName, ApiMappingId: in.ApiMappingId})
	if err != nil {
		return nil, err
	}
	isREST, err := s.isREST(ctx, in.ApiId, wire.Or(in.Stage, *before.Stage))
	if err != nil {
		return nil, err
	}
	var m api.ApiMapping
	err = s.Store.Update(ctx, func(tx *kv.Tx) (err error) {
		if m, err = needMapping(tx, h, domain, in.ApiMappingId); err != nil {
			return err
		}
		m.ApiId = in.ApiId
		set(&m.ApiMappingKey, in.ApiMappingKey)
		if in.Stage != nil {
			m.Stage = *in.Stage
		}
		return putMapping(tx, h, domain, &m, isREST)
	})
	if err != nil {
		return nil, err
	}
	return (*api.UpdateApiMappingOutput)(mappingOutput(m)), nil
}

// DeleteApiMapping removes a mapping.
//
// Spec: API Gateway V2 API Reference, DeleteApiMapping.
func (s *Service) DeleteApiMapping(ctx context.Context, in *api.DeleteApiMappingInput) (*api.DeleteApiMappingOutput, error) {
	h, domain := homeOf(call.From(ctx)), strings.ToLower(in.DomainName)
	err := s.Store.Update(ctx, func(tx *kv.Tx) error {
		if _, err := needMapping(tx, h, domain, in.ApiMappingId); err != nil {
			return err
		}
		return mappings().Delete(tx, h, domain, in.ApiMappingId)
	})
	return &api.DeleteApiMappingOutput{}, err
}
