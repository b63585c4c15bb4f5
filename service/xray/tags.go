package xray

import (
	"context"
	"maps"
	"slices"
	"strings"

	api "maru.dev/maru/api/xray"
	"maru.dev/maru/kv"
	"maru.dev/maru/service"
)

// maxTags is how many a resource may have.
const maxTags = 50

// withTags adds tags to those of a resource.
func withTags(have map[string]string, tags []api.Tag, resource string) (map[string]string, error) {
	out := maps.Clone(have)
	if out == nil {
		out = map[string]string{}
	}
	for _, t := range tags {
		if strings.HasPrefix(strings.ToLower(t.Key), "aws:") {
			return nil, invalid("Tag keys cannot begin with aws:.")
		}
		out[t.Key] = t.Value
	}
	if len(out) > maxTags {
		return nil, &api.TooManyTagsException{Message: "A resource can have at most 50 tags.", ResourceName: &resource}
	}
	return out, nil
}

// tagged reads the tags of what an ARN names, and returns how to write others.
func tagged(tx *kv.Tx, h home, resource string) (tags map[string]string, write func(map[string]string) error, err error) {
	missing := &api.ResourceNotFoundException{Message: "The resource was not found.", ResourceName: &resource}
	if strings.HasPrefix(resource, h.arnOf("group/")) {
		g, err := loadGroup(tx, h, resource)
		if err != nil {
			return nil, nil, missing
		}
		return g.Tags, func(tags map[string]string) error {
			g.Tags = tags
			return kv.Put(tx, h.groupKey(g.Name), g)
		}, nil
	}
	if name, ok := strings.CutPrefix(resource, h.arnOf("sampling-rule/")); ok {
		r, err := loadRule(tx, h, name)
		if err != nil {
			return nil, nil, missing
		}
		return r.Tags, func(tags map[string]string) error {
			r.Tags = tags
			return kv.Put(tx, h.ruleKey(name), r)
		}, nil
	}
	return nil, nil, missing
}

// retag changes a resource's tags.
func (s *Service) retag(ctx context.Context, resource string, how func(tags map[string]string) (map[string]string, error)) error {
	h := homeOf(ctx)
	return s.Store.Update(ctx, func(tx *kv.Tx) error {
		tags, write, err := tagged(tx, h, resource)
		if err != nil {
			return err
		}
		if tags, err = how(tags); err != nil {
			return err
		}
		return write(tags)
	})
}

// TagResource adds tags to a group or sampling rule.
//
// Spec: X-Ray API Reference, TagResource.
func (s *Service) TagResource(ctx context.Context, in *api.TagResourceInput) (*api.TagResourceOutput, error) {
	err := s.retag(ctx, in.ResourceARN, func(tags map[string]string) (map[string]string, error) {
		return withTags(tags, in.Tags, in.ResourceARN)
	})
	if err != nil {
		return nil, err
	}
	return &api.TagResourceOutput{}, nil
}

// UntagResource removes tags.
//
// Spec: X-Ray API Reference, UntagResource.
func (s *Service) UntagResource(ctx context.Context, in *api.UntagResourceInput) (*api.UntagResourceOutput, error) {
	err := s.retag(ctx, in.ResourceARN, func(tags map[string]string) (map[string]string, error) {
		return service.Retag(tags, nil, in.TagKeys), nil
	})
	if err != nil {
		return nil, err
	}
	return &api.UntagResourceOutput{}, nil
}

// ListTagsForResource returns tags.
//
// Spec: X-Ray API Reference, ListTagsForResource.
func (s *Service) ListTagsForResource(ctx context.Context, in *api.ListTagsForResourceInput) (*api.ListTagsForResourceOutput, error) {
	h := homeOf(ctx)
	out := &api.ListTagsForResourceOutput{}
	err := s.Store.View(ctx, func(tx *kv.Tx) error {
		tags, _, err := tagged(tx, h, in.ResourceARN)
		out.Tags = []api.Tag{}
		for _, key := range slices.Sorted(maps.Keys(tags)) {
			out.Tags = append(out.Tags, api.Tag{Key: key, Value: tags[key]})
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}
