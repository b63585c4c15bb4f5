package events

import (
	"context"
	"maps"
	"slices"
	"strings"

	api "maru.dev/maru/api/events"
	"maru.dev/maru/call"
	"maru.dev/maru/kv"
	"maru.dev/maru/service"
)

// addTags returns tags with others added.
func addTags(tags map[string]string, more []api.Tag) (map[string]string, error) {
	out := service.Retag(tags, nil, nil)
	for _, t := range more {
		if strings.HasPrefix(strings.ToLower(t.Key), "aws:") {
			return nil, invalid("System tags cannot be added/updated by requester")
		}
		out[t.Key] = t.Value
	}
	if len(out) > maxTags {
		return nil, &api.LimitExceededException{Message: "The requested resource exceeds the maximum number allowed."}
	}
	return out, nil
}

// changeTags changes the tags of the bus or rule that a request names.
func (s *Service) changeTags(ctx context.Context, resource string, fn func(tags map[string]string) (map[string]string, error)) error {
	ref, ruleName, isRule := parseRuleARN(resource)
	if isRule && ref.home != homeOf(call.From(ctx)) {
		return noRule(ruleName, ref)
	}
	if !isRule {
		return s.changeBus(ctx, &resource, func(_ *kv.Tx, _ busRef, b *bus) (err error) {
			b.Tags, err = fn(b.Tags)
			return err
		})
	}
	return s.Store.Update(ctx, func(tx *kv.Tx) error {
		r, err := loadRule(tx, ref, ruleName)
		if err != nil {
			return err
		}
		if r.Tags, err = fn(r.Tags); err != nil {
			return err
		}
		return kv.Put(tx, ref.ruleKey(ruleName), *r)
	})
}

// TagResource adds tags to a bus or rule, or replaces their values.
//
// Spec: EventBridge API Reference, TagResource.
func (s *Service) TagResource(ctx context.Context, in *api.TagResourceInput) (*api.TagResourceOutput, error) {
	err := s.changeTags(ctx, in.ResourceARN, func(tags map[string]string) (map[string]string, error) { return addTags(tags, in.Tags) })
	if err != nil {
		return nil, err
	}
	return &api.TagResourceOutput{}, nil
}

// UntagResource takes tags off a bus or rule.
//
// Spec: EventBridge API Reference, UntagResource.
func (s *Service) UntagResource(ctx context.Context, in *api.UntagResourceInput) (*api.UntagResourceOutput, error) {
	err := s.changeTags(ctx, in.ResourceARN, func(tags map[string]string) (map[string]string, error) {
		return service.Retag(tags, nil, in.TagKeys), nil
	})
	if err != nil {
		return nil, err
	}
	return &api.UntagResourceOutput{}, nil
}

// ListTagsForResource lists the tags of a bus or rule by key.
//
// Spec: EventBridge API Reference, ListTagsForResource.
func (s *Service) ListTagsForResource(ctx context.Context, in *api.ListTagsForResourceInput) (*api.ListTagsForResourceOutput, error) {
	ref, ruleName, isRule := parseRuleARN(in.ResourceARN)
	if isRule && ref.home != homeOf(call.From(ctx)) {
		return nil, noRule(ruleName, ref)
	}
	if !isRule {
		var err error
		if ref, err = ownBus(call.From(ctx), &in.ResourceARN); err != nil {
			return nil, err
		}
	}
	var tags map[string]string
	err := s.Store.View(ctx, func(tx *kv.Tx) error {
		if !isRule {
			b, err := loadBus(tx, ref)
			if err == nil {
				tags = b.Tags
			}
			return err
		}
		r, err := loadRule(tx, ref, ruleName)
		if err == nil {
			tags = r.Tags
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	out := &api.ListTagsForResourceOutput{Tags: []api.Tag{}}
	for _, key := range slices.Sorted(maps.Keys(tags)) {
		out.Tags = append(out.Tags, api.Tag{Key: key, Value: tags[key]})
	}
	return out, nil
}
