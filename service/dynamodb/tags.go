package dynamodb

import (
	"context"
	"maps"
	"slices"
	"strings"

	api "maru.dev/maru/api/dynamodb"
	"maru.dev/maru/arn"
	"maru.dev/maru/kv"
)

// The limits of tags, and the page of ListTagsOfResource.
const (
	maxTags     = 50
	maxTagsPage = 10
)

// TagResource adds tags to a table, or changes them.
//
// Spec: DynamoDB API Reference, TagResource.
func (s *Service) TagResource(ctx context.Context, in *api.TagResourceInput) (*api.TagResourceOutput, error) {
	if err := checkTags(in.Tags); err != nil {
		return nil, err
	}
	err := s.retag(ctx, in.ResourceArn, func(tags map[string]string) (map[string]string, error) {
		tags = tagMap(tags, in.Tags)
		if len(tags) > maxTags {
			return nil, invalidValue("Too many tags: the limit is %d", maxTags)
		}
		return tags, nil
	})
	if err != nil {
		return nil, err
	}
	return &api.TagResourceOutput{}, nil
}

// UntagResource takes tags from a table.
//
// Spec: DynamoDB API Reference, UntagResource.
func (s *Service) UntagResource(ctx context.Context, in *api.UntagResourceInput) (*api.UntagResourceOutput, error) {
	err := s.retag(ctx, in.ResourceArn, func(tags map[string]string) (map[string]string, error) {
		for _, k := range in.TagKeys {
			delete(tags, k)
		}
		return tags, nil
	})
	if err != nil {
		return nil, err
	}
	return &api.UntagResourceOutput{}, nil
}

// ListTagsOfResource lists a table's tags by key, ten a page.
//
// Spec: DynamoDB API Reference, ListTagsOfResource.
func (s *Service) ListTagsOfResource(ctx context.Context, in *api.ListTagsOfResourceInput) (*api.ListTagsOfResourceOutput, error) {
	r, err := s.tagged(ctx, in.ResourceArn)
	if err != nil {
		return nil, err
	}
	var tags map[string]string
	err = s.Store.View(ctx, func(tx *kv.Tx) error {
		t, err := s.tables.Load(tx, r.key)
		if err == nil && t == nil {
			err = noTagged(in.ResourceArn)
		}
		if err != nil {
			return err
		}
		tags = t.Tags
		return nil
	})
	if err != nil {
		return nil, err
	}
	out := &api.ListTagsOfResourceOutput{Tags: []api.Tag{}}
	for _, k := range slices.Sorted(maps.Keys(tags)) {
		if k <= value(in.NextToken) {
			continue
		}
		if len(out.Tags) == maxTagsPage {
			out.NextToken = &out.Tags[maxTagsPage-1].Key
			break
		}
		out.Tags = append(out.Tags, api.Tag{Key: k, Value: tags[k]})
	}
	return out, nil
}

// tagged reads the ARN of a table that has tags.
func (s *Service) tagged(ctx context.Context, resource string) (ref, error) {
	if _, err := arn.Parse(resource); err != nil {
		return ref{}, invalid("Invalid TableArn: Invalid ResourceArn provided as input %s", resource)
	}
	return s.ref(ctx, resource)
}

// noTagged is the answer to the ARN of a table that there is not.
func noTagged(resource string) error {
	return &api.ResourceNotFoundException{Message: "Requested resource not found: ResourcArn: " + resource + " not found"}
}

// retag changes a table's tags.
func (s *Service) retag(ctx context.Context, resource string, do func(map[string]string) (map[string]string, error)) error {
	r, err := s.tagged(ctx, resource)
	if err != nil {
		return err
	}
	return s.Store.Update(ctx, func(tx *kv.Tx) error {
		t, err := change(tx, r)
		if _, missing := err.(*api.ResourceNotFoundException); missing { //nolint:errorlint // made by change, and not wrapped
			err = noTagged(resource)
		}
		if err != nil {
			return err
		}
		if t.Tags, err = do(t.Tags); err != nil {
			return err
		}
		return t.Save(tx)
	})
}

// tagMap adds tags to a map, which may be nil.
func tagMap(into map[string]string, tags []api.Tag) map[string]string {
	if into == nil && len(tags) > 0 {
		into = make(map[string]string, len(tags))
	}
	for _, t := range tags {
		into[t.Key] = t.Value
	}
	return into
}

// checkTags refuses tags that AWS keeps for itself, and keys that are there twice.
func checkTags(tags []api.Tag) error {
	seen := make(map[string]bool, len(tags))
	for _, t := range tags {
		switch {
		case strings.HasPrefix(t.Key, "aws:"):
			return invalidValue("Tag keys starting with 'aws:' are reserved for system use: %s", t.Key)
		case seen[t.Key]:
			return invalidValue("Duplicate tag key: %s", t.Key)
		}
		seen[t.Key] = true
	}
	if len(tags) > maxTags {
		return invalidValue("Too many tags: the limit is %d", maxTags)
	}
	return nil
}
