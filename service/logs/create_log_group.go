package logs

import (
	"context"
	"fmt"

	api "maru.dev/maru/api/logs"
	"maru.dev/maru/kv"
)

// CreateLogGroup makes an empty group.
//
// Spec: CloudWatch Logs API Reference, CreateLogGroup.
func (s *Service) CreateLogGroup(ctx context.Context, in *api.CreateLogGroupInput) (*api.CreateLogGroupOutput, error) {
	h := homeOf(ctx)
	g := group{ID: s.IDs.Hex(16), Name: in.LogGroupName, Created: s.Clock.Now(), Class: "STANDARD", Tags: in.Tags}
	if in.LogGroupClass != nil {
		g.Class = *in.LogGroupClass
	}
	if in.KmsKeyId != nil {
		g.KMSKey = *in.KmsKeyId
	}
	if in.DeletionProtectionEnabled != nil {
		g.Protected = *in.DeletionProtectionEnabled
	}
	if err := checkTags(g.Tags); err != nil {
		return nil, err
	}
	err := s.Store.Update(ctx, func(tx *kv.Tx) error {
		_, ok, err := tx.Get(h.groupKey(g.Name))
		if err != nil {
			return fmt.Errorf("load log group: %w", err)
		}
		if ok {
			return &api.ResourceAlreadyExistsException{Message: "The specified log group already exists"}
		}
		return kv.Put(tx, h.groupKey(g.Name), g)
	})
	if err != nil {
		return nil, err
	}
	return &api.CreateLogGroupOutput{}, nil
}

// checkTags holds tags against their number.
func checkTags(tags map[string]string) error {
	if len(tags) > 50 {
		return &api.TooManyTagsException{Message: "The resource cannot have more than 50 tags."}
	}
	return nil
}
