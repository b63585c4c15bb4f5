package logs

import (
	"context"

	api "maru.dev/maru/api/logs"
	"maru.dev/maru/kv"
	"maru.dev/maru/service"
)

// TagResource adds tags to a group, named by its ARN.
//
// Spec: CloudWatch Logs API Reference, TagResource.
func (s *Service) TagResource(ctx context.Context, in *api.TagResourceInput) (*api.TagResourceOutput, error) {
	_, name, err := groupIdentified(homeOf(ctx), in.ResourceArn)
	if err == nil {
		err = s.tag(ctx, name, in.Tags)
	}
	if err != nil {
		return nil, err
	}
	return &api.TagResourceOutput{}, nil
}

// UntagResource removes tags from a group, named by its ARN.
//
// Spec: CloudWatch Logs API Reference, UntagResource.
func (s *Service) UntagResource(ctx context.Context, in *api.UntagResourceInput) (*api.UntagResourceOutput, error) {
	_, name, err := groupIdentified(homeOf(ctx), in.ResourceArn)
	if err == nil {
		err = s.untag(ctx, name, in.TagKeys)
	}
	if err != nil {
		return nil, err
	}
	return &api.UntagResourceOutput{}, nil
}

// ListTagsForResource returns the tags of a group, named by its ARN.
//
// Spec: CloudWatch Logs API Reference, ListTagsForResource.
func (s *Service) ListTagsForResource(ctx context.Context, in *api.ListTagsForResourceInput) (*api.ListTagsForResourceOutput, error) {
	_, name, err := groupIdentified(homeOf(ctx), in.ResourceArn)
	if err != nil {
		return nil, err
	}
	tags, err := s.tags(ctx, name)
	return &api.ListTagsForResourceOutput{Tags: tags}, err
}

// TagLogGroup adds tags to a group: the older form of TagResource.
//
// Spec: CloudWatch Logs API Reference, TagLogGroup.
func (s *Service) TagLogGroup(ctx context.Context, in *api.TagLogGroupInput) (*api.TagLogGroupOutput, error) {
	return &api.TagLogGroupOutput{}, s.tag(ctx, in.LogGroupName, in.Tags)
}

// UntagLogGroup removes tags from a group: the older form of UntagResource.
//
// Spec: CloudWatch Logs API Reference, UntagLogGroup.
func (s *Service) UntagLogGroup(ctx context.Context, in *api.UntagLogGroupInput) (*api.UntagLogGroupOutput, error) {
	return &api.UntagLogGroupOutput{}, s.untag(ctx, in.LogGroupName, in.Tags)
}

// ListTagsLogGroup returns a group's tags: the older form of ListTagsForResource.
//
// Spec: CloudWatch Logs API Reference, ListTagsLogGroup.
func (s *Service) ListTagsLogGroup(ctx context.Context, in *api.ListTagsLogGroupInput) (*api.ListTagsLogGroupOutput, error) {
	tags, err := s.tags(ctx, in.LogGroupName)
	return &api.ListTagsLogGroupOutput{Tags: tags}, err
}

func (s *Service) tag(ctx context.Context, name string, tags map[string]string) error {
	return s.change(ctx, name, func(_ *kv.Tx, _ home, g *group) error {
		g.Tags = service.Retag(g.Tags, tags, nil)
		return checkTags(g.Tags)
	})
}

func (s *Service) untag(ctx context.Context, name string, keys []string) error {
	return s.change(ctx, name, func(_ *kv.Tx, _ home, g *group) error {
		g.Tags = service.Retag(g.Tags, nil, keys)
		return nil
	})
}

func (s *Service) tags(ctx context.Context, name string) (tags map[string]string, err error) {
	err = s.Store.View(ctx, func(tx *kv.Tx) error {
		g, err := loadGroup(tx, homeOf(ctx), name)
		tags = g.Tags
		return err
	})
	if tags == nil {
		tags = map[string]string{}
	}
	return tags, err
}
