package states

import (
	"context"
	"fmt"
	"maps"
	"slices"

	api "maru.dev/maru/api/states"
	"maru.dev/maru/kv"
	"maru.dev/maru/service"
	"maru.dev/maru/service/states/machine"
)

// maxTags is how many tags a resource may have.
const maxTags = 50

// tagMap reads tags, and holds them against the limit.
func tagMap(tags []api.Tag, arn string) (map[string]string, error) {
	out := make(map[string]string, len(tags))
	for _, t := range tags {
		if t.Key == nil || *t.Key == "" {
			return nil, validation("Tag keys must not be empty")
		}
		if t.Value == nil {
			out[*t.Key] = ""
			continue
		}
		out[*t.Key] = *t.Value
	}
	if len(out) > maxTags {
		return nil, tooManyTags(arn)
	}
	return out, nil
}

// tooManyTags is the answer to a tag beyond the limit.
func tooManyTags(arn string) error {
	return &api.TooManyTags{Message: fmt.Sprintf("Too Many Tags: '%s'", arn), ResourceName: &arn}
}

// tagged changes or reads the tags of the resource with an ARN.
func (s *Service) tagged(tx *kv.Tx, text string, change func(tags map[string]string) (map[string]string, error)) error {
	missing := &api.ResourceNotFound{Message: "Resource not found: '" + text + "'", ResourceName: &text}
	h, parts, err := resource(text)
	if err != nil {
		return err
	}
	switch parts[0] {
	case "stateMachine":
		m, ok, err := machine.Load(tx, h, parts[1])
		if err != nil {
			return err
		}
		if !ok || len(parts) != 2 {
			return missing
		}
		if m.Tags, err = change(m.Tags); err != nil {
			return err
		}
		return kv.Put(tx, h.MachineKey(m.Name), m)
	case "activity":
		a, ok, err := kv.Get[activity](tx, activityKey(h, parts[1]))
		if err != nil {
			return fmt.Errorf("load activity: %w", err)
		}
		if !ok {
			return missing
		}
		if a.Tags, err = change(a.Tags); err != nil {
			return err
		}
		return kv.Put(tx, activityKey(h, a.Name), a)
	}
	return missing
}

// TagResource adds tags to a state machine or an activity.
//
// Spec: Step Functions API Reference, TagResource.
func (s *Service) TagResource(ctx context.Context, in *api.TagResourceInput) (*api.TagResourceOutput, error) {
	add, err := tagMap(in.Tags, in.ResourceArn)
	if err != nil {
		return nil, err
	}
	err = s.Store.Update(ctx, func(tx *kv.Tx) error {
		return s.tagged(tx, in.ResourceArn, func(tags map[string]string) (map[string]string, error) {
			out := service.Retag(tags, add, nil)
			if len(out) > maxTags {
				return nil, tooManyTags(in.ResourceArn)
			}
			return out, nil
		})
	})
	return &api.TagResourceOutput{}, err
}

// UntagResource takes tags off a state machine or an activity.
//
// Spec: Step Functions API Reference, UntagResource.
func (s *Service) UntagResource(ctx context.Context, in *api.UntagResourceInput) (*api.UntagResourceOutput, error) {
	err := s.Store.Update(ctx, func(tx *kv.Tx) error {
		return s.tagged(tx, in.ResourceArn, func(tags map[string]string) (map[string]string, error) {
			return service.Retag(tags, nil, in.TagKeys), nil
		})
	})
	return &api.UntagResourceOutput{}, err
}

// ListTagsForResource lists the tags of a state machine or an activity.
//
// Spec: Step Functions API Reference, ListTagsForResource.
func (s *Service) ListTagsForResource(ctx context.Context, in *api.ListTagsForResourceInput) (*api.ListTagsForResourceOutput, error) {
	out := &api.ListTagsForResourceOutput{Tags: []api.Tag{}}
	err := s.Store.View(ctx, func(tx *kv.Tx) error {
		h, parts, err := resource(in.ResourceArn)
		if err != nil {
			return err
		}
		var tags map[string]string
		found := false
		switch parts[0] {
		case "stateMachine":
			m, ok, err := machine.Load(tx, h, parts[1])
			if err != nil {
				return err
			}
			tags, found = m.Tags, ok && len(parts) == 2
		case "activity":
			a, ok, err := kv.Get[activity](tx, activityKey(h, parts[1]))
			if err != nil {
				return fmt.Errorf("load activity: %w", err)
			}
			tags, found = a.Tags, ok
		}
		if !found {
			return &api.ResourceNotFound{Message: "Resource not found: '" + in.ResourceArn + "'", ResourceName: &in.ResourceArn}
		}
		for _, key := range slices.Sorted(maps.Keys(tags)) {
			out.Tags = append(out.Tags, api.Tag{Key: new(key), Value: new(tags[key])})
		}
		return nil
	})
	return out, err
}
