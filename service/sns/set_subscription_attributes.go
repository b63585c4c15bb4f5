package sns

import (
	"context"

	api "maru.dev/maru/api/sns"
	"maru.dev/maru/kv"
)

// SetSubscriptionAttributes changes one attribute of a subscription; no value
// takes it away.
//
// Spec: SNS API Reference, SetSubscriptionAttributes.
func (s *Service) SetSubscriptionAttributes(ctx context.Context, in *api.SetSubscriptionAttributesInput) (*api.SetSubscriptionAttributesOutput, error) {
	ref, id, err := ownSubscription(ctx, in.SubscriptionArn)
	if err != nil {
		return nil, err
	}
	value := ""
	if in.AttributeValue != nil {
		value = *in.AttributeValue
	}
	err = s.Store.Update(ctx, func(tx *kv.Tx) error {
		sub, err := loadSubscription(tx, ref, id)
		if err != nil {
			return err
		}
		if err := sub.setAttribute(in.AttributeName, value, ""); err != nil {
			return err
		}
		return saveSubscription(tx, sub)
	})
	if err != nil {
		return nil, err
	}
	return &api.SetSubscriptionAttributesOutput{}, nil
}
