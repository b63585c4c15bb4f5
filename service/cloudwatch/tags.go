package cloudwatch

import (
	"context"
	"maps"
	"slices"
	"strings"

	api "maru.dev/maru/api/cloudwatch"
	"maru.dev/maru/call"
	"maru.dev/maru/kv"
)

// TagResource gives an alarm tags.
//
// Spec: CloudWatch API Reference, TagResource.
func (s *Service) TagResource(ctx context.Context, in *api.TagResourceInput) (*api.TagResourceOutput, error) {
	for _, tag := range in.Tags {
		if tag.Key == "" || len(tag.Key) > 128 || len(tag.Value) > 256 {
			return nil, invalid("A tag's key must have 1 to 128 characters, and its value at most 256.")
		}
		if strings.HasPrefix(tag.Key, "aws:") {
			return nil, invalid("Tag keys must not begin with aws:.")
		}
	}
	err := s.retag(ctx, in.ResourceARN, func(tags map[string]string) error {
		for _, tag := range in.Tags {
			tags[tag.Key] = tag.Value
		}
		if len(tags) > maxTags {
			return invalid("A resource can have at most %d tags.", maxTags)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return &api.TagResourceOutput{}, nil
}

// UntagResource takes tags from an alarm.
//
// Spec: CloudWatch API Reference, UntagResource.
func (s *Service) UntagResource(ctx context.Context, in *api.UntagResourceInput) (*api.UntagResourceOutput, error) {
	err := s.retag(ctx, in.ResourceARN, func(tags map[string]string) error {
		for _, key := range in.TagKeys {
			delete(tags, key)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return &api.UntagResourceOutput{}, nil
}

// ListTagsForResource lists an alarm's tags.
//
// Spec: CloudWatch API Reference, ListTagsForResource.
func (s *Service) ListTagsForResource(ctx context.Context, in *api.ListTagsForResourceInput) (*api.ListTagsForResourceOutput, error) {
	h := homeOf(call.From(ctx))
	out := &api.ListTagsForResourceOutput{Tags: []api.Tag{}}
	err := s.Store.View(ctx, func(tx *kv.Tx) error {
		a, err := taggedAlarm(tx, h, in.ResourceARN)
		if err != nil {
			return err
		}
		for _, key := range slices.Sorted(maps.Keys(a.Tags)) {
			out.Tags = append(out.Tags, api.Tag{Key: key, Value: a.Tags[key]})
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// taggedAlarm reads the alarm of an ARN.
func taggedAlarm(tx *kv.Tx, h home, arn string) (alarm, error) {
	name, ok := strings.CutPrefix(arn, h.alarmARN(""))
	if !ok && !strings.HasPrefix(arn, "arn:") {
		return alarm{}, invalid("Invalid ARN: %s", arn)
	}
	a, found, err := findAlarm(tx, h, name)
	if err == nil && (!ok || !found) {
		err = &api.ResourceNotFoundException{Message: "The resource " + arn + " does not exist."}
	}
	return a, err
}

// retag changes the tags of the alarm of an ARN.
func (s *Service) retag(ctx context.Context, arn string, change func(map[string]string) error) error {
	h := homeOf(call.From(ctx))
	return s.Store.Update(ctx, func(tx *kv.Tx) error {
		a, err := taggedAlarm(tx, h, arn)
		if err != nil {
			return err
		}
		tags := maps.Clone(a.Tags)
		if tags == nil {
			tags = make(map[string]string)
		}
		if err := change(tags); err != nil {
			return err
		}
		a.Tags = tags
		return kv.Put(tx, h.alarmKey(a.name()), a)
	})
}
