package cloudtrail

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	api "maru.dev/maru/api/cloudtrail"
	"maru.dev/maru/call"
	"maru.dev/maru/kv"
	"maru.dev/maru/wire"
)

const (
	maxTags  = 50
	maxAsked = 20 // resources in a call of ListTags
)

// withTags adds tags to those of a trail.
func withTags(have map[string]string, tags []api.Tag, resource string) (map[string]string, error) {
	out := maps.Clone(have)
	if out == nil {
		out = map[string]string{}
	}
	seen := map[string]bool{}
	for _, t := range tags {
		if seen[t.Key] || strings.HasPrefix(strings.ToLower(t.Key), "aws:") {
			return nil, &api.InvalidTagParameterException{Message: "Tag key is duplicated or reserved: " + t.Key}
		}
		seen[t.Key] = true
		out[t.Key] = wire.Value(t.Value)
	}
	if len(out) > maxTags {
		return nil, &api.TagsLimitExceededException{Message: fmt.Sprintf("The number of tags of %s would exceed %d.", resource, maxTags)}
	}
	return out, nil
}

// taggable refuses what is no trail's ARN.
func taggable(resource string) error {
	if !strings.HasPrefix(resource, "arn:") || !strings.Contains(resource, ":cloudtrail:") {
		return &api.CloudTrailARNInvalidException{Message: "Invalid ARN: " + resource}
	}
	if !strings.Contains(resource, ":trail/") {
		return wire.NotImplemented("cloudtrail", "Tags of other resources than trails")
	}
	return nil
}

// missing words the absence of a trail as operations on tags do.
func missing(err error, resource string) error {
	if refusal(err) == "TrailNotFoundException" {
		return &api.ResourceNotFoundException{Message: "The resource " + resource + " is not found."}
	}
	return err
}

// AddTags adds tags to a trail.
//
// Spec: CloudTrail API Reference, AddTags.
func (s *Service) AddTags(ctx context.Context, in *api.AddTagsInput) (*api.AddTagsOutput, error) {
	if err := taggable(in.ResourceId); err != nil {
		return nil, err
	}
	err := s.change(ctx, in.ResourceId, func(_ *kv.Tx, t *trail) (err error) {
		t.Tags, err = withTags(t.Tags, in.TagsList, in.ResourceId)
		return err
	})
	if err != nil {
		return nil, missing(err, in.ResourceId)
	}
	return &api.AddTagsOutput{}, nil
}

// RemoveTags takes tags from a trail. A tag that is named with a value goes only
// if it has that value.
//
// Spec: CloudTrail API Reference, RemoveTags.
func (s *Service) RemoveTags(ctx context.Context, in *api.RemoveTagsInput) (*api.RemoveTagsOutput, error) {
	if err := taggable(in.ResourceId); err != nil {
		return nil, err
	}
	err := s.change(ctx, in.ResourceId, func(_ *kv.Tx, t *trail) error {
		tags := maps.Clone(t.Tags)
		for _, tag := range in.TagsList {
			if tag.Value == nil || *tag.Value == tags[tag.Key] {
				delete(tags, tag.Key)
			}
		}
		t.Tags = tags
		return nil
	})
	if err != nil {
		return nil, missing(err, in.ResourceId)
	}
	return &api.RemoveTagsOutput{}, nil
}

// ListTags returns the tags of trails.
//
// Spec: CloudTrail API Reference, ListTags.
func (s *Service) ListTags(ctx context.Context, in *api.ListTagsInput) (*api.ListTagsOutput, error) {
	if wire.Value(in.NextToken) != "" {
		return nil, &api.InvalidTokenException{Message: "Reserved for future use."}
	}
	if len(in.ResourceIdList) > maxAsked {
		return nil, &wire.APIError{Code: "ValidationException", Message: fmt.Sprintf("At most %d resources can be asked about in one call.", maxAsked)}
	}
	h := homeOf(call.From(ctx))
	out := &api.ListTagsOutput{ResourceTagList: []api.ResourceTag{}}
	err := s.Store.View(ctx, func(tx *kv.Tx) error {
		for _, id := range in.ResourceIdList {
			if err := taggable(id); err != nil {
				return err
			}
			t, err := loadTrail(tx, h, id)
			if err != nil {
				return missing(err, id)
			}
			tags := api.ResourceTag{ResourceId: new(id), TagsList: []api.Tag{}}
			for _, key := range slices.Sorted(maps.Keys(t.Tags)) {
				tags.TagsList = append(tags.TagsList, api.Tag{Key: key, Value: new(t.Tags[key])})
			}
			out.ResourceTagList = append(out.ResourceTagList, tags)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}
