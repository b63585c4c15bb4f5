package sns

import (
	"context"

	api "maru.dev/maru/api/sns"
	"maru.dev/maru/kv"
)

// GetTopicAttributes tells all of a topic's attributes.
//
// Spec: SNS API Reference, GetTopicAttributes.
func (s *Service) GetTopicAttributes(ctx context.Context, in *api.GetTopicAttributesInput) (*api.GetTopicAttributesOutput, error) {
	out := &api.GetTopicAttributesOutput{}
	err := s.view(ctx, in.TopicArn, func(tx *kv.Tx, t *topic) (err error) {
		out.Attributes, err = t.attributes(tx)
		return err
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}
