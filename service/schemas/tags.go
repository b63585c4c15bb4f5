package schemas

import (
	"context"
	"strings"

	api "maru.dev/maru/api/schemas"
	"maru.dev/maru/arn"
	"maru.dev/maru/kv"
	"maru.dev/maru/service"
)

// tooManyTags is the answer to more tags than a resource may have.
func tooManyTags() error { return badRequest("A resource can have at most %d tags.", maxTags) }

// tagged reads the tags of what an ARN names, and returns how to write others.
func tagged(tx *kv.Tx, h home, resource string) (tags map[string]string, write func(map[string]string) error, err error) {
	a, err := arn.Parse(resource)
	kind, name := a.Split()
	if err != nil || a.Service != "schemas" || a.Account != h.Account || a.Region != h.Region {
		return nil, nil, notFound("Resource %s does not exist.", resource)
	}
	switch kind {
	case "registry":
		r, err := loadRegistry(tx, h, name)
		return r.Tags, func(tags map[string]string) error {
			r.Tags = tags
			return kv.Put(tx, h.registryKey(name), r)
		}, err
	case "schema":
		in, own, _ := strings.Cut(name, "/")
		if in == awsRegistry {
			break // it is not the account's
		}
		sc, err := loadSchema(tx, h, in, own)
		return sc.Tags, func(tags map[string]string) error {
			sc.Tags = tags
			return kv.Put(tx, h.schemaKey(in, own), sc)
		}, err
	case "discoverer":
		d, err := loadDiscoverer(tx, h, name)
		return d.Tags, func(tags map[string]string) error {
			d.Tags = tags
			return kv.Put(tx, h.discovererKey(name), d)
		}, err
	}
	return nil, nil, notFound("Resource %s does not exist.", resource)
}

// retag adds and removes tags.
func (s *Service) retag(ctx context.Context, resource string, add map[string]string, remove []string) error {
	h := homeOf(ctx)
	return s.Store.Update(ctx, func(tx *kv.Tx) error {
		tags, write, err := tagged(tx, h, resource)
		if err != nil {
			return err
		}
		tags = service.Retag(tags, add, remove)
		if len(tags) > maxTags {
			return tooManyTags()
		}
		return write(tags)
	})
}

// TagResource adds tags to a registry, schema or discoverer.
//
// Spec: EventBridge Schemas API Reference, TagResource.
func (s *Service) TagResource(ctx context.Context, in *api.TagResourceInput) (*api.TagResourceOutput, error) {
	if err := s.retag(ctx, in.ResourceArn, in.Tags, nil); err != nil {
		return nil, err
	}
	return &api.TagResourceOutput{}, nil
}

// UntagResource removes tags.
//
// Spec: EventBridge Schemas API Reference, UntagResource.
func (s *Service) UntagResource(ctx context.Context, in *api.UntagResourceInput) (*api.UntagResourceOutput, error) {
	if err := s.retag(ctx, in.ResourceArn, nil, in.TagKeys); err != nil {
		return nil, err
	}
	return &api.UntagResourceOutput{}, nil
}

// ListTagsForResource returns tags.
//
// Spec: EventBridge Schemas API Reference, ListTagsForResource.
func (s *Service) ListTagsForResource(ctx context.Context, in *api.ListTagsForResourceInput) (*api.ListTagsForResourceOutput, error) {
	h := homeOf(ctx)
	out := &api.ListTagsForResourceOutput{}
	err := s.Store.View(ctx, func(tx *kv.Tx) (err error) {
		out.Tags, _, err = tagged(tx, h, in.ResourceArn)
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
