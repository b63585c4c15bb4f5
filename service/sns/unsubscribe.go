package sns

import (
	"context"
	"errors"

	api "maru.dev/maru/api/sns"
	"maru.dev/maru/call"
	"maru.dev/maru/kv"
	"maru.dev/maru/service/sns/names"
)

// Unsubscribe removes a subscription. One that is not there is no error. An
// unsigned call, as the link in each message makes it, is allowed unless the
// subscription was confirmed otherwise. An HTTP(S) endpoint is told of that, and
// may take its subscription up again while it is pending.
//
// Spec: SNS API Reference, Unsubscribe.
func (s *Service) Unsubscribe(ctx context.Context, in *api.UnsubscribeInput) (*api.UnsubscribeOutput, error) {
	info := call.From(ctx)
	ref, id, err := parseSubscription(in.SubscriptionArn)
	if err != nil {
		return nil, err
	}
	env, err := s.envelope(ctx)
	if err != nil {
		return nil, err
	}
	err = s.Store.Update(ctx, func(tx *kv.Tx) error {
		sub, ok, err := kv.Get[subscription](tx, ref.subKey(id))
		if err != nil || !ok {
			return err
		}
		sub.topic, sub.id = ref, id
		anonymous := info.Principal.Kind == call.Anonymous
		if sub.Pending {
			return names.Invalid("SubscriptionArn Reason: This subscription is pending confirmation and cannot be deleted")
		}
		if anonymous && sub.LockedDown {
			return &api.AuthorizationErrorException{Message: "This subscription can be deleted only by an authenticated call of its owner."}
		}
		if anonymous && (sub.Protocol == "http" || sub.Protocol == "https") {
			t, err := loadTopic(tx, ref)
			if err != nil {
				return err
			}
			return s.suspend(tx, env, t, &sub)
		}
		if err := s.Tasks.CancelKey(tx, expireKind, sub.ARN()); err != nil {
			return err
		}
		return removeSubscription(tx, &sub)
	})
	if err != nil {
		return nil, err
	}
	return &api.UnsubscribeOutput{}, nil
}

// suspend makes a subscription pending again and tells its endpoint how to
// take it up.
func (s *Service) suspend(tx *kv.Tx, env *envelope, t *topic, sub *subscription) error {
	errs := []error{
		tx.Delete(sub.topic.tokenKey(sub.Token)),
		tx.Add(sub.topic.countKey("confirmed"), -1),
		tx.Add(sub.topic.countKey("pending"), 1),
	}
	sub.Pending, sub.Token = true, s.IDs.Hex(tokenLength)
	errs = append(errs,
		kv.Put(tx, sub.topic.tokenKey(sub.Token), sub.id),
		saveSubscription(tx, sub),
		s.expireLater(tx, sub),
		s.sendConfirmation(tx, env, t, sub, typeUnsubscribe),
	)
	return errors.Join(errs...)
}
