package apigateway

import (
	"context"
	"strings"

	api "maru.dev/maru/api/apigateway"
	"maru.dev/maru/arn"
	"maru.dev/maru/kv"
	"maru.dev/maru/service"
	"maru.dev/maru/service/apigateway/account"
	"maru.dev/maru/service/apigateway/record"
)

// tagged finds what an ARN names: arn:aws:apigateway:region::/restapis/id,
// …/restapis/id/stages/name, or something of the account's.
func tagged(tx *kv.Tx, at service.Home, resource string) (record.Tagged, error) {
	name, err := arn.Parse(resource)
	if err != nil || name.Service != "apigateway" || name.Account != "" && name.Account != at.Account || name.Region != at.Region {
		return record.Tagged{}, badRequest("Invalid ARN specified in the request")
	}
	parts := strings.Split(strings.TrimPrefix(name.Resource, "/"), "/")
	switch {
	case len(parts) == 2 && parts[0] == "restapis":
		return record.TagsOf(tx, apis(), func(a *apiRecord) *map[string]string { return &a.API.Tags }, at, parts[1])
	case len(parts) == 4 && parts[0] == "restapis" && parts[2] == "stages":
		return record.TagsOf(tx, stages(), func(st *stageRecord) *map[string]string { return &st.Stage.Tags }, at, parts[1], parts[3])
	case len(parts) == 2:
		if t, ok, err := account.Tagged(tx, at, parts[0], parts[1]); ok {
			return t, err
		}
	}
	return record.Tagged{}, notFound("Invalid resource ARN specified: %s", resource)
}

// isDomain tells whether an ARN names a domain name.
func isDomain(resource string) bool { return strings.Contains(resource, "::/domainnames/") }

// changeTags adds and removes tags of what an ARN names.
func (s *Service) changeTags(ctx context.Context, resource string, add map[string]string, remove []string) error {
	if isDomain(resource) {
		return s.TagDomain(ctx, resource, add, remove)
	}
	return s.Store.Update(ctx, func(tx *kv.Tx) error {
		t, err := tagged(tx, record.Home(ctx), resource)
		if err != nil {
			return err
		}
		tags := service.Retag(t.Tags, add, remove)
		if err := record.CheckTags(tags); err != nil {
			return err
		}
		return t.Save(tags)
	})
}

// TagResource adds tags, over those of the same keys.
//
// Spec: API Gateway API Reference, TagResource.
func (s *Service) TagResource(ctx context.Context, in *api.TagResourceInput) (*api.TagResourceOutput, error) {
	return &api.TagResourceOutput{}, s.changeTags(ctx, in.ResourceArn, in.Tags, nil)
}

// UntagResource removes tags by their keys.
//
// Spec: API Gateway API Reference, UntagResource.
func (s *Service) UntagResource(ctx context.Context, in *api.UntagResourceInput) (*api.UntagResourceOutput, error) {
	return &api.UntagResourceOutput{}, s.changeTags(ctx, in.ResourceArn, nil, in.TagKeys)
}

// GetTags returns the tags of what an ARN names.
//
// Spec: API Gateway API Reference, GetTags.
func (s *Service) GetTags(ctx context.Context, in *api.GetTagsInput) (*api.GetTagsOutput, error) {
	out := &api.GetTagsOutput{}
	if isDomain(in.ResourceArn) {
		tags, err := s.DomainTags(ctx, in.ResourceArn)
		out.Tags = service.Retag(tags, nil, nil)
		return out, err
	}
	err := s.Store.View(ctx, func(tx *kv.Tx) error {
		t, err := tagged(tx, record.Home(ctx), in.ResourceArn)
		out.Tags = service.Retag(t.Tags, nil, nil)
		return err
	})
	return out, err
}
