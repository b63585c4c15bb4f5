package scheduler

import (
	"context"
	"maps"
	"slices"
	"strings"

	api "maru.dev/maru/api/scheduler"
	"maru.dev/maru/arn"
	"maru.dev/maru/kv"
	"maru.dev/maru/service"
)

// maxTags is how many a group may have.
const maxTags = 50

// tooManyTags is the answer to more.
func tooManyTags() error {
	return &api.ValidationException{Message: "A resource can have at most 50 tags."}
}

// tagMap is a request's tags by key.
func tagMap(tags []api.Tag) map[string]string {
	all := make(map[string]string, len(tags))
	for _, t := range tags {
		all[t.Key] = t.Value
	}
	return all
}

// groupOf is the name of the group that an ARN names.
func groupOf(h home, resource string) (string, error) {
	a, err := arn.Parse(resource)
	name, ok := strings.CutPrefix(a.Resource, "schedule-group/")
	if err != nil || !ok {
		return "", invalid("Invalid ARN %s.", resource)
	}
	if a.Account != h.Account || a.Region != h.Region {
		return "", &api.ResourceNotFoundException{Message: "Schedule group " + name + " does not exist."}
	}
	return name, nil
}

// retag adds and removes tags of a group.
func (s *Service) retag(ctx context.Context, resource string, add map[string]string, remove []string) error {
	h, now := homeOf(ctx), s.now()
	name, err := groupOf(h, resource)
	if err != nil {
		return err
	}
	return s.Store.Update(ctx, func(tx *kv.Tx) error {
		g, err := loadGroup(tx, h, name)
		if err != nil {
			return err
		}
		tags := service.Retag(g.Tags, add, remove)
		if len(tags) > maxTags {
			return tooManyTags()
		}
		g.Tags, g.Modified = tags, now
		if g.Created.IsZero() {
			g.Created = now
		}
		return kv.Put(tx, h.groupKey(name), g)
	})
}

// TagResource adds tags to a group.
//
// Spec: EventBridge Scheduler API Reference, TagResource.
func (s *Service) TagResource(ctx context.Context, in *api.TagResourceInput) (*api.TagResourceOutput, error) {
	if err := s.retag(ctx, in.ResourceArn, tagMap(in.Tags), nil); err != nil {
		return nil, err
	}
	return &api.TagResourceOutput{}, nil
}

// UntagResource removes tags from a group.
//
// Spec: EventBridge Scheduler API Reference, UntagResource.
func (s *Service) UntagResource(ctx context.Context, in *api.UntagResourceInput) (*api.UntagResourceOutput, error) {
	if err := s.retag(ctx, in.ResourceArn, nil, in.TagKeys); err != nil {
		return nil, err
	}
	return &api.UntagResourceOutput{}, nil
}

// ListTagsForResource returns a group's tags, by key.
//
// Spec: EventBridge Scheduler API Reference, ListTagsForResource.
func (s *Service) ListTagsForResource(ctx context.Context, in *api.ListTagsForResourceInput) (*api.ListTagsForResourceOutput, error) {
	h := homeOf(ctx)
	name, err := groupOf(h, in.ResourceArn)
	if err != nil {
		return nil, err
	}
	out := &api.ListTagsForResourceOutput{}
	err = s.Store.View(ctx, func(tx *kv.Tx) error {
		g, err := loadGroup(tx, h, name)
		if err != nil {
			return err
		}
		out.Tags = []api.Tag{}
		for _, key := range slices.Sorted(maps.Keys(g.Tags)) {
			out.Tags = append(out.Tags, api.Tag{Key: key, Value: g.Tags[key]})
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}
