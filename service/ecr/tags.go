package ecr

import (
	"context"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"

	api "maru.dev/maru/api/ecr"
	"maru.dev/maru/arn"
	"maru.dev/maru/call"
	"maru.dev/maru/kv"
	"maru.dev/maru/service"
)

// The limits of tags.
const (
	maxTags     = 50
	maxTagKey   = 128
	maxTagValue = 256
)

// TagResource adds tags to a repository.
//
// Spec: Amazon ECR API Reference, TagResource.
func (s *Service) TagResource(ctx context.Context, in *api.TagResourceInput) (*api.TagResourceOutput, error) {
	owner, name, err := repositoryOf(ctx, in.ResourceArn)
	if err != nil {
		return nil, err
	}
	err = s.change(ctx, &owner, "TagResource", name, func(tx *kv.Tx, h registry, r *repository) (err error) {
		if r.Tags, err = withTags(r.Tags, in.Tags); err != nil {
			return err
		}
		return kv.Put(tx, h.repositoryKey(name), *r)
	})
	if err != nil {
		return nil, err
	}
	return &api.TagResourceOutput{}, nil
}

// UntagResource removes tags from a repository.
//
// Spec: Amazon ECR API Reference, UntagResource.
func (s *Service) UntagResource(ctx context.Context, in *api.UntagResourceInput) (*api.UntagResourceOutput, error) {
	owner, name, err := repositoryOf(ctx, in.ResourceArn)
	if err != nil {
		return nil, err
	}
	err = s.change(ctx, &owner, "UntagResource", name, func(tx *kv.Tx, h registry, r *repository) error {
		r.Tags = service.Retag(r.Tags, nil, in.TagKeys)
		return kv.Put(tx, h.repositoryKey(name), *r)
	})
	if err != nil {
		return nil, err
	}
	return &api.UntagResourceOutput{}, nil
}

// ListTagsForResource returns a repository's tags, by key.
//
// Spec: Amazon ECR API Reference, ListTagsForResource.
func (s *Service) ListTagsForResource(ctx context.Context, in *api.ListTagsForResourceInput) (*api.ListTagsForResourceOutput, error) {
	owner, name, err := repositoryOf(ctx, in.ResourceArn)
	if err != nil {
		return nil, err
	}
	out := &api.ListTagsForResourceOutput{}
	err = s.view(ctx, &owner, "ListTagsForResource", name, func(_ *kv.Tx, _ registry, r *repository) error {
		out.Tags = []api.Tag{}
		for _, key := range slices.Sorted(maps.Keys(r.Tags)) {
			out.Tags = append(out.Tags, api.Tag{Key: key, Value: r.Tags[key]})
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// repositoryOf is the repository that an ARN of the caller's region names, and
// the account of its registry.
func repositoryOf(ctx context.Context, resource string) (owner, name string, err error) {
	a, err := arn.Parse(resource)
	name, ok := strings.CutPrefix(a.Resource, "repository/")
	if err != nil || !ok || a.Service != "ecr" || a.Region != call.From(ctx).Region {
		return "", "", invalid("resourceArn", "Invalid ARN")
	}
	return a.Account, name, nil
}

// withTags is a repository's tags with others added.
func withTags(tags map[string]string, added []api.Tag) (map[string]string, error) {
	out := service.Retag(tags, nil, nil)
	for _, t := range added {
		switch {
		case t.Key == "" || utf8.RuneCountInString(t.Key) > maxTagKey || utf8.RuneCountInString(t.Value) > maxTagValue:
			return nil, &api.InvalidTagParameterException{
				Message: "An invalid parameter has been specified. Tag keys can have a maximum character length of 128 characters, and tag values can have a maximum length of 256 characters.",
			}
		case strings.HasPrefix(strings.ToLower(t.Key), "aws:"):
			return nil, &api.InvalidTagParameterException{Message: "Tag keys that start with 'aws:' are reserved for system use."}
		}
		out[t.Key] = t.Value
	}
	if len(out) > maxTags {
		return nil, &api.TooManyTagsException{
			Message: "The list of tags on the repository is over the limit. The maximum number of tags that can be applied to a repository is 50.",
		}
	}
	return out, nil
}
