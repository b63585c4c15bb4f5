package sns

import (
	"context"

	api "maru.dev/maru/api/sns"
	"maru.dev/maru/call"
	"maru.dev/maru/kv"
	"maru.dev/maru/service/sns/names"
)

// GetSubscriptionAttributes tells all of a subscription's attributes.
//
// Spec: SNS API Reference, GetSubscriptionAttributes.
func (s *Service) GetSubscriptionAttributes(ctx context.Context, in *api.GetSubscriptionAttributesInput) (*api.GetSubscriptionAttributesOutput, error) {
	ref, id, err := ownSubscription(ctx, in.SubscriptionArn)
	if err != nil {
		return nil, err
	}
	out := &api.GetSubscriptionAttributesOutput{}
	err = s.Store.View(ctx, func(tx *kv.Tx) error {
		sub, err := loadSubscription(tx, ref, id)
		if err != nil {
			return err
		}
		t, err := loadTopic(tx, ref)
		if err != nil {
			return err
		}
		out.Attributes, err = sub.attributes(t)
		return err
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// ownSubscription reads the ARN of a subscription in the caller's region.
func ownSubscription(ctx context.Context, text string) (topicRef, string, error) {
	ref, id, err := parseSubscription(text)
	if err == nil && ref.Region != call.From(ctx).Region {
		err = names.Invalid("SubscriptionArn")
	}
	return ref, id, err
}
