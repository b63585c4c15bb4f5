package dynamodb

import (
	"context"
	"maps"
	"slices"

	api "maru.dev/maru/api/dynamodb"
	"maru.dev/maru/arn"
	"maru.dev/maru/kv"
	"maru.dev/maru/service"
	"maru.dev/maru/service/dynamodb/schema"
	"maru.dev/maru/wire"
)

// maxTagsPage is the page of ListTagsOfResource.
const maxTagsPage = 10

// TagResource adds tags to a table, or changes them.
//
// Spec: DynamoDB API Reference, TagResource.
func (s *Service) TagResource(ctx context.Context, in *api.TagResourceInput) (*api.TagResourceOutput, error) {
	if err := schema.CheckTags(in.Tags); err != nil {
		return nil, err
	}
	err := s.retag(ctx, in.ResourceArn, func(tags map[string]string) (map[string]string, error) {
		tags = schema.MergeTags(tags, in.Tags)
		if len(tags) > schema.MaxTags {
			return nil, invalidValue("Too many tags: the limit is %d", schema.MaxTags)
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
		return service.Retag(tags, nil, in.TagKeys), nil
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
		if k <= wire.Value(in.NextToken) {
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
