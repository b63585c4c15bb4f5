package pipes

import (
	"context"
	"strings"

	api "maru.dev/maru/api/pipes"
	"maru.dev/maru/arn"
	"maru.dev/maru/kv"
	"maru.dev/maru/service"
)

// nameOf is the name of the pipe that an ARN names.
func nameOf(h home, resource string) (string, error) {
	a, err := arn.Parse(resource)
	name, ok := strings.CutPrefix(a.Resource, "pipe/")
	switch {
	case err != nil || !ok:
		return "", invalid("Invalid ARN %s.", resource)
	case a.Account != h.Account || a.Region != h.Region:
		return "", &api.NotFoundException{Message: "Pipe " + name + " does not exist."}
	}
	return name, nil
}

// retag adds and removes tags of a pipe.
func (s *Service) retag(ctx context.Context, resource string, add map[string]string, remove []string) error {
	h := homeOf(ctx)
	name, err := nameOf(h, resource)
	if err != nil {
		return err
	}
	return s.Store.Update(ctx, func(tx *kv.Tx) error {
		p, err := load(tx, h, name)
		if err != nil {
			return err
		}
		tags := service.Retag(p.Tags, add, remove)
		if len(tags) > maxTags {
			return invalid("A pipe can have at most %d tags.", maxTags)
		}
		p.Tags = tags
		return kv.Put(tx, h.pipeKey(name), p)
	})
}

// TagResource adds tags to a pipe.
//
// Spec: EventBridge Pipes API Reference, TagResource.
func (s *Service) TagResource(ctx context.Context, in *api.TagResourceInput) (*api.TagResourceOutput, error) {
	if err := s.retag(ctx, in.ResourceArn, in.Tags, nil); err != nil {
		return nil, err
	}
	return &api.TagResourceOutput{}, nil
}

// UntagResource removes tags from a pipe.
//
// Spec: EventBridge Pipes API Reference, UntagResource.
func (s *Service) UntagResource(ctx context.Context, in *api.UntagResourceInput) (*api.UntagResourceOutput, error) {
	if err := s.retag(ctx, in.ResourceArn, nil, in.TagKeys); err != nil {
		return nil, err
	}
	return &api.UntagResourceOutput{}, nil
}

// ListTagsForResource returns a pipe's tags.
//
// Spec: EventBridge Pipes API Reference, ListTagsForResource.
func (s *Service) ListTagsForResource(ctx context.Context, in *api.ListTagsForResourceInput) (*api.ListTagsForResourceOutput, error) {
	h := homeOf(ctx)
	name, err := nameOf(h, in.ResourceArn)
	if err != nil {
		return nil, err
	}
	out := &api.ListTagsForResourceOutput{}
	err = s.Store.View(ctx, func(tx *kv.Tx) error {
		p, err := load(tx, h, name)
		out.Tags = p.Tags
		return err
	})
	if err != nil {
		return nil, err
	}
	if out.Tags == nil {
		out.Tags = map[string]string{}
	}
	return out, nil
}
