package sns

import (
	"context"
	"maps"
	"slices"

	api "maru.dev/maru/api/sns"
	"maru.dev/maru/call"
	"maru.dev/maru/kv"
	"maru.dev/maru/service/sns/names"
)

// maxTags is how many tags a topic may have.
const maxTags = 50

// addTags adds tags to a topic.
func addTags(t *topic, tags []api.Tag) error {
	if len(tags) == 0 {
		return nil
	}
	if t.Tags == nil {
		t.Tags = make(map[string]string)
	}
	seen := make(map[string]bool)
	for _, tag := range tags {
		if seen[tag.Key] {
			return names.Invalid("Duplicated keys are not allowed.")
		}
		seen[tag.Key] = true
		t.Tags[tag.Key] = tag.Value
	}
	if len(t.Tags) > maxTags {
		return &api.TagLimitExceededException{Message: "Could not complete request: tag quota of per resource exceeded"}
	}
	return nil
}

// changeTags changes the topic whose tags a request names.
func (s *Service) changeTags(ctx context.Context, resource string, fn func(t *topic) error) error {
	ref, err := parseTopic(call.From(ctx), resource, "ResourceArn")
	if err != nil {
		return err
	}
	return s.Store.Update(ctx, func(tx *kv.Tx) error {
		t, ok, err := kv.Get[topic](tx, ref.rowKey())
		if err != nil {
			return err
		}
		if !ok {
			return &api.ResourceNotFoundException{Message: "Resource does not exist"}
		}
		t.ref = ref
		if err := fn(&t); err != nil {
			return err
		}
		return saveTopic(tx, &t)
	})
}

// TagResource adds tags to a topic, or replaces their values.
//
// Spec: SNS API Reference, TagResource.
func (s *Service) TagResource(ctx context.Context, in *api.TagResourceInput) (*api.TagResourceOutput, error) {
	err := s.changeTags(ctx, in.ResourceArn, func(t *topic) error { return addTags(t, in.Tags) })
	if err != nil {
		return nil, err
	}
	return &api.TagResourceOutput{}, nil
}

// UntagResource takes tags off a topic.
//
// Spec: SNS API Reference, UntagResource.
func (s *Service) UntagResource(ctx context.Context, in *api.UntagResourceInput) (*api.UntagResourceOutput, error) {
	err := s.changeTags(ctx, in.ResourceArn, func(t *topic) error {
		for _, key := range in.TagKeys {
			delete(t.Tags, key)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return &api.UntagResourceOutput{}, nil
}

// ListTagsForResource lists a topic's tags by key.
//
// Spec: SNS API Reference, ListTagsForResource.
func (s *Service) ListTagsForResource(ctx context.Context, in *api.ListTagsForResourceInput) (*api.ListTagsForResourceOutput, error) {
	ref, err := parseTopic(call.From(ctx), in.ResourceArn, "ResourceArn")
	if err != nil {
		return nil, err
	}
	out := &api.ListTagsForResourceOutput{Tags: []api.Tag{}}
	err = s.Store.View(ctx, func(tx *kv.Tx) error {
		t, ok, err := kv.Get[topic](tx, ref.rowKey())
		if err != nil {
			return err
		}
		if !ok {
			return &api.ResourceNotFoundException{Message: "Resource does not exist"}
		}
		for _, key := range slices.Sorted(maps.Keys(t.Tags)) {
			out.Tags = append(out.Tags, api.Tag{Key: key, Value: t.Tags[key]})
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}
