package lambda

import (
	"context"
	"strings"

	api "maru.dev/maru/api/lambda"
	"maru.dev/maru/arn"
	"maru.dev/maru/kv"
)

// maxTags is how many tags a resource may have.
const maxTags = 50

// checkTags checks the tags of a resource.
func checkTags(tags map[string]string) error {
	if len(tags) > maxTags {
		return invalid("Number of tags exceeds resource tag limit.")
	}
	for k, v := range tags {
		if k == "" || len(k) > 128 || len(v) > 256 || strings.HasPrefix(strings.ToLower(k), "aws:") {
			return invalid("The tag %q is not valid: keys have 1 to 128 characters and do not begin with aws:, values have at most 256.", k)
		}
	}
	return nil
}

// changeTags runs change on the tags of a resource: a function or an event
// source mapping.
func (s *Service) changeTags(ctx context.Context, resource string, change func(tags map[string]string)) (after map[string]string, err error) {
	a, err := arn.Parse(resource)
	if err != nil || a.Service != "lambda" {
		return nil, invalid("The resource %s is not the ARN of a function or an event source mapping.", resource)
	}
	kind, id := a.Split()
	err = s.Store.Update(ctx, func(tx *kv.Tx) error {
		after = make(map[string]string)
		if kind == "event-source-mapping" {
			m, err := loadMapping(tx, home{a.Account, a.Region}, id)
			if err != nil {
				return err
			}
			if m.Tags = changed(m.Tags, change, after); change == nil {
				return nil
			}
			if err := checkTags(after); err != nil {
				return err
			}
			return kv.Put(tx, m.Key(), *m)
		}
		t, err := locateBare(ctx, resource)
		if err != nil {
			return err
		}
		if t.qualifier != "" {
			return invalid("Tags on function aliases and versions are not supported. Please specify a function ARN.")
		}
		f, err := loadFunction(tx, t)
		if err != nil {
			return err
		}
		if f.Tags = changed(f.Tags, change, after); change == nil {
			return nil
		}
		if err := checkTags(after); err != nil {
			return err
		}
		return kv.Put(tx, f.functionKey(f.Name), *f)
	})
	return after, err
}

// changed copies tags into after, changes them there, and returns after.
func changed(tags map[string]string, change func(map[string]string), after map[string]string) map[string]string {
	for k, v := range tags {
		after[k] = v
	}
	if change != nil {
		change(after)
	}
	return after
}

// TagResource adds tags.
//
// Spec: Lambda API Reference, TagResource.
func (s *Service) TagResource(ctx context.Context, in *api.TagResourceInput) (*api.TagResourceOutput, error) {
	_, err := s.changeTags(ctx, in.Resource, func(tags map[string]string) {
		for k, v := range in.Tags {
			tags[k] = v
		}
	})
	if err != nil {
		return nil, err
	}
	return &api.TagResourceOutput{}, nil
}

// UntagResource removes tags.
//
// Spec: Lambda API Reference, UntagResource.
func (s *Service) UntagResource(ctx context.Context, in *api.UntagResourceInput) (*api.UntagResourceOutput, error) {
	_, err := s.changeTags(ctx, in.Resource, func(tags map[string]string) {
		for _, k := range in.TagKeys {
			delete(tags, k)
		}
	})
	if err != nil {
		return nil, err
	}
	return &api.UntagResourceOutput{}, nil
}

// ListTags returns a resource's tags.
//
// Spec: Lambda API Reference, ListTags.
func (s *Service) ListTags(ctx context.Context, in *api.ListTagsInput) (*api.ListTagsOutput, error) {
	tags, err := s.changeTags(ctx, in.Resource, nil)
	if err != nil {
		return nil, err
	}
	return &api.ListTagsOutput{Tags: tags}, nil
}
