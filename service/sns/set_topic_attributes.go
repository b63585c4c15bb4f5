package sns

import (
	"context"

	api "maru.dev/maru/api/sns"
	"maru.dev/maru/kv"
)

// SetTopicAttributes changes one attribute of a topic.
//
// Spec: SNS API Reference, SetTopicAttributes.
func (s *Service) SetTopicAttributes(ctx context.Context, in *api.SetTopicAttributesInput) (*api.SetTopicAttributesOutput, error) {
	value := ""
	if in.AttributeValue != nil {
		value = *in.AttributeValue
	}
	err := s.change(ctx, in.TopicArn, func(_ *kv.Tx, t *topic) error {
		if in.AttributeName == "Policy" && value == "" {
			t.Policy = defaultPolicy(t.ref)
			return nil
		}
		return t.setAttribute(in.AttributeName, value)
	})
	if err != nil {
		return nil, err
	}
	return &api.SetTopicAttributesOutput{}, nil
}
