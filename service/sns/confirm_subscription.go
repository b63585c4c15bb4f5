package sns

import (
	"context"
	"fmt"
	"strings"

	api "maru.dev/maru/api/sns"
	"maru.dev/maru/call"
	"maru.dev/maru/kv"
	"maru.dev/maru/service/sns/names"
)

// ConfirmSubscription turns a pending subscription into one that receives
// messages. Confirming twice is confirming once.
//
// Spec: SNS API Reference, ConfirmSubscription.
func (s *Service) ConfirmSubscription(ctx context.Context, in *api.ConfirmSubscriptionInput) (*api.ConfirmSubscriptionOutput, error) {
	// The link in the request is followed without a signature, so the topic's
	// region is the one that counts.
	info := call.From(ctx)
	ref, err := parseTopic(call.Info{}, in.TopicArn, "Topic")
	if err != nil {
		return nil, err
	}
	signed := info.Principal.Kind != call.Anonymous
	var out *api.ConfirmSubscriptionOutput
	err = s.Store.Update(ctx, func(tx *kv.Tx) error {
		if _, err := loadTopic(tx, ref); err != nil {
			return err
		}
		id, ok, err := kv.Get[string](tx, ref.tokenKey(in.Token))
		if err != nil {
			return fmt.Errorf("load token: %w", err)
		}
		if !ok {
			return names.Invalid("Token")
		}
		sub, err := loadSubscription(tx, ref, id)
		if err != nil {
			return err
		}
		out = &api.ConfirmSubscriptionOutput{SubscriptionArn: new(sub.ARN())}
		if !sub.Pending {
			return nil
		}
		lock := in.AuthenticateOnUnsubscribe != nil && strings.EqualFold(*in.AuthenticateOnUnsubscribe, "true")
		return s.confirm(tx, sub, signed, lock && signed)
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// confirm records a confirmation.
func (s *Service) confirm(tx *kv.Tx, sub *subscription, signed, lock bool) error {
	sub.Pending, sub.Authenticated, sub.LockedDown = false, signed, lock
	if err := saveSubscription(tx, sub); err != nil {
		return err
	}
	if err := tx.Add(sub.topic.countKey("pending"), -1); err != nil {
		return err
	}
	if err := tx.Add(sub.topic.countKey("confirmed"), 1); err != nil {
		return err
	}
	return s.Tasks.CancelKey(tx, expireKind, sub.ARN())
}
