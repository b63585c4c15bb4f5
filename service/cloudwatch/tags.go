package cloudwatch

import (
	"context"
	"maps"
	"slices"
	"strings"

	api "maru.dev/maru/api/cloudwatch"
	"maru.dev/maru/call"
	"maru.dev/maru/kv"
	"maru.dev/maru/service"
)

// tagMap is a request's tags by key.
func tagMap(tags []api.Tag) map[string]string {
	all := make(map[string]string, len(tags))
	for _, t := range tags {
		all[t.Key] = t.Value
	}
	return all
}

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
	if err := s.retag(ctx, in.ResourceARN, tagMap(in.Tags), nil); err != nil {
		return nil, err
	}
	return &api.TagResourceOutput{}, nil
}

// UntagResource takes tags from an alarm.
//
// Spec: CloudWatch API Reference, UntagResource.
func (s *Service) UntagResource(ctx context.Context, in *api.UntagResourceInput) (*api.UntagResourceOutput, error) {
	if err := s.retag(ctx, in.ResourceARN, nil, in.TagKeys); err != nil {
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

// retag adds and removes tags of the alarm of an ARN.
func (s *Service) retag(ctx context.Context, arn string, add map[string]string, remove []string) error {
	h := homeOf(call.From(ctx))
	return s.Store.Update(ctx, func(tx *kv.Tx) error {
		a, err := taggedAlarm(tx, h, arn)
		if err != nil {
			return err
		}
		if a.Tags = service.Retag(a.Tags, add, remove); len(a.Tags) > maxTags {
			return invalid("A resource can have at most %d tags.", maxTags)
		}
		return kv.Put(tx, h.alarmKey(a.name()), a)
	})
}
