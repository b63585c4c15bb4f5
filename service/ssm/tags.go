package ssm

import (
	"context"
	"maps"
	"slices"

	api "maru.dev/maru/api/ssm"
	"maru.dev/maru/kv"
	"maru.dev/maru/service"
)

// maxTags is how many a parameter may have.
const maxTags = 50

// tooManyTags is the answer to more.
func tooManyTags() error {
	return &api.TooManyTagsError{Message: "The Targets parameter includes too many tags. Remove one or more tags and try the command again."}
}

// tagMap is a request's tags by key.
func tagMap(tags []api.Tag) map[string]string {
	all := make(map[string]string, len(tags))
	for _, t := range tags {
		all[t.Key] = t.Value
	}
	return all
}

// checkResource refuses what is no parameter: there is nothing else.
func checkResource(kind, id string) error {
	if kind != api.ResourceTypeForTaggingParameter {
		return &api.InvalidResourceId{Message: "The resource ID " + id + " is not valid. Verify that you entered the correct ID and try again."}
	}
	return nil
}

// tagged turns a parameter that is not there into the error of tags.
func tagged(err error, id string) error {
	if absent(err) {
		return &api.InvalidResourceId{Message: "The resource ID " + id + " is not valid. Verify that you entered the correct ID and try again."}
	}
	return err
}

// AddTagsToResource adds tags to a parameter.
//
// Spec: Systems Manager API Reference, AddTagsToResource.
func (s *Service) AddTagsToResource(ctx context.Context, in *api.AddTagsToResourceInput) (*api.AddTagsToResourceOutput, error) {
	if err := checkResource(in.ResourceType, in.ResourceId); err != nil {
		return nil, err
	}
	err := s.change(ctx, in.ResourceId, func(_ *kv.Tx, _ home, p *parameter) error {
		p.Tags = service.Retag(p.Tags, tagMap(in.Tags), nil)
		if len(p.Tags) > maxTags {
			return tooManyTags()
		}
		return nil
	})
	if err != nil {
		return nil, tagged(err, in.ResourceId)
	}
	return &api.AddTagsToResourceOutput{}, nil
}

// RemoveTagsFromResource removes tags from a parameter.
//
// Spec: Systems Manager API Reference, RemoveTagsFromResource.
func (s *Service) RemoveTagsFromResource(ctx context.Context, in *api.RemoveTagsFromResourceInput) (*api.RemoveTagsFromResourceOutput, error) {
	if err := checkResource(in.ResourceType, in.ResourceId); err != nil {
		return nil, err
	}
	err := s.change(ctx, in.ResourceId, func(_ *kv.Tx, _ home, p *parameter) error {
		p.Tags = service.Retag(p.Tags, nil, in.TagKeys)
		return nil
	})
	if err != nil {
		return nil, tagged(err, in.ResourceId)
	}
	return &api.RemoveTagsFromResourceOutput{}, nil
}

// ListTagsForResource returns a parameter's tags, by key.
//
// Spec: Systems Manager API Reference, ListTagsForResource.
func (s *Service) ListTagsForResource(ctx context.Context, in *api.ListTagsForResourceInput) (*api.ListTagsForResourceOutput, error) {
	if err := checkResource(in.ResourceType, in.ResourceId); err != nil {
		return nil, err
	}
	out := &api.ListTagsForResourceOutput{TagList: []api.Tag{}}
	err := s.Store.View(ctx, func(tx *kv.Tx) error {
		p, err := load(tx, homeOf(ctx), in.ResourceId)
		if err != nil {
			return err
		}
		for _, key := range slices.Sorted(maps.Keys(p.Tags)) {
			out.TagList = append(out.TagList, api.Tag{Key: key, Value: p.Tags[key]})
		}
		return nil
	})
	if err != nil {
		return nil, tagged(err, in.ResourceId)
	}
	return out, nil
}
