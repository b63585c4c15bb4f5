package apigatewayv2

import (
	"context"
	"strings"

	api "maru.dev/maru/api/apigatewayv2"
	"maru.dev/maru/arn"
	"maru.dev/maru/call"
	"maru.dev/maru/kv"
	"maru.dev/maru/service"
)

// tagged is a resource whose tags are asked for: where they are, and how they
// are written back.
type tagged struct {
	tags map[string]string
	save func(tags map[string]string) error
}

// errNoResource is the answer to ARNs that name nothing.
func errNoResource(resource string) error {
	return &api.NotFoundException{Message: "Invalid resource ARN specified: " + resource}
}

// loadTagged finds what an ARN names: arn:aws:apigateway:region::/apis/id,
// …/apis/id/stages/name, /domainnames/name or /vpclinks/id.
func loadTagged(ctx context.Context, tx *kv.Tx, resource string) (tagged, error) {
	h := homeOf(call.From(ctx))
	a, err := arn.Parse(resource)
	if err != nil || a.Service != "apigateway" || a.Account != "" && a.Account != h.Account || a.Region != h.Region {
		return tagged{}, badRequest("Invalid resource ARN specified in the request")
	}
	parts := strings.Split(strings.TrimPrefix(a.Resource, "/"), "/")
	switch {
	case len(parts) == 2 && parts[0] == "apis":
		v, err := apis().Need(tx, h, parts[1])
		return tagged{v.API.Tags, func(tags map[string]string) error {
			v.API.Tags = tags
			return apis().Put(tx, v, h, parts[1])
		}}, err
	case len(parts) == 4 && parts[0] == "apis" && parts[2] == "stages":
		v, err := stages().Need(tx, h, parts[1], parts[3])
		return tagged{v.Stage.Tags, func(tags map[string]string) error {
			v.Stage.Tags = tags
			return stages().Put(tx, v, h, parts[1], parts[3])
		}}, err
	case len(parts) == 2 && parts[0] == "domainnames":
		v, err := domains().Need(tx, h, parts[1])
		return tagged{v.Domain.Tags, func(tags map[string]string) error {
			v.Domain.Tags = tags
			return domains().Put(tx, v, h, parts[1])
		}}, err
	case len(parts) == 2 && parts[0] == "vpclinks":
		v, err := links().Need(tx, h, parts[1])
		return tagged{v.Tags, func(tags map[string]string) error {
			v.Tags = tags
			return links().Put(tx, v, h, parts[1])
		}}, err
	}
	return tagged{}, errNoResource(resource)
}

// changeTags adds and removes tags of what an ARN names.
func (s *Service) changeTags(ctx context.Context, resource string, add map[string]string, remove []string) error {
	return s.Store.Update(ctx, func(tx *kv.Tx) error {
		t, err := loadTagged(ctx, tx, resource)
		if err != nil {
			return err
		}
		tags := service.Retag(t.tags, add, remove)
		if err := checkTags(tags); err != nil {
			return err
		}
		return t.save(tags)
	})
}

// TagResource adds tags, over those of the same keys.
//
// Spec: API Gateway V2 API Reference, TagResource.
func (s *Service) TagResource(ctx context.Context, in *api.TagResourceInput) (*api.TagResourceOutput, error) {
	return &api.TagResourceOutput{}, s.changeTags(ctx, in.ResourceArn, in.Tags, nil)
}

// UntagResource removes tags by their keys.
//
// Spec: API Gateway V2 API Reference, UntagResource.
func (s *Service) UntagResource(ctx context.Context, in *api.UntagResourceInput) (*api.UntagResourceOutput, error) {
	return &api.UntagResourceOutput{}, s.changeTags(ctx, in.ResourceArn, nil, in.TagKeys)
}

// GetTags returns the tags of what an ARN names.
//
// Spec: API Gateway V2 API Reference, GetTags.
func (s *Service) GetTags(ctx context.Context, in *api.GetTagsInput) (*api.GetTagsOutput, error) {
	out := &api.GetTagsOutput{}
	err := s.Store.View(ctx, func(tx *kv.Tx) error {
		t, err := loadTagged(ctx, tx, in.ResourceArn)
		out.Tags = t.tags
		return err
	})
	return out, err
}
