package sns

import (
	"context"
	"fmt"

	api "maru.dev/maru/api/sns"
	"maru.dev/maru/call"
	"maru.dev/maru/kv"
	"maru.dev/maru/service/sns/names"
)

// ListSubscriptions lists the subscriptions to the caller's topics, a hundred
// to a page.
//
// Spec: SNS API Reference, ListSubscriptions.
func (s *Service) ListSubscriptions(ctx context.Context, in *api.ListSubscriptionsInput) (*api.ListSubscriptionsOutput, error) {
	h := names.HomeOf(call.From(ctx))
	var out *api.ListSubscriptionsOutput
	err := s.Store.View(ctx, func(tx *kv.Tx) (err error) {
		out = &api.ListSubscriptionsOutput{Subscriptions: []api.Subscription{}}
		out.NextToken, err = names.Page(tx, h.Key("sub"), in.NextToken, func(row kv.Row[subscription]) error {
			sub, err := describe(h, row)
			out.Subscriptions = append(out.Subscriptions, sub)
			return err
		})
		return err
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// ListSubscriptionsByTopic lists the subscriptions to one topic.
//
// Spec: SNS API Reference, ListSubscriptionsByTopic.
func (s *Service) ListSubscriptionsByTopic(ctx context.Context, in *api.ListSubscriptionsByTopicInput) (*api.ListSubscriptionsByTopicOutput, error) {
	var out *api.ListSubscriptionsByTopicOutput
	err := s.view(ctx, in.TopicArn, func(tx *kv.Tx, t *topic) (err error) {
		out = &api.ListSubscriptionsByTopicOutput{Subscriptions: []api.Subscription{}}
		out.NextToken, err = names.Page(tx, t.ref.subsKey(), in.NextToken, func(row kv.Row[subscription]) error {
			sub, err := describe(t.ref.Home, row)
			out.Subscriptions = append(out.Subscriptions, sub)
			return err
		})
		return err
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// describe returns a subscription as lists have it.
func describe(h names.Home, row kv.Row[subscription]) (api.Subscription, error) {
	sub := row.Value
	sub.topic.Home = h
	if err := row.Key.Scan(4, &sub.topic.name, &sub.id); err != nil {
		return api.Subscription{}, fmt.Errorf("read subscription key: %w", err)
	}
	name := sub.ARN()
	if sub.Pending {
		name = "PendingConfirmation"
	}
	return api.Subscription{
		SubscriptionArn: &name, Owner: &sub.Owner, Protocol: &sub.Protocol, Endpoint: &sub.Endpoint,
		TopicArn: new(sub.topic.ARN()),
	}, nil
}
