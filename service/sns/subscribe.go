package sns

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	api "maru.dev/maru/api/sns"
	"maru.dev/maru/call"
	"maru.dev/maru/kv"
	"maru.dev/maru/service/sns/names"
	"maru.dev/maru/task"
)

const (
	// confirmWithin is how long a subscription may wait for its confirmation.
	confirmWithin = 48 * time.Hour
	// expireKind is the kind of the tasks that end what was not confirmed.
	expireKind = "sns.expire"
	// pendingARN stands for the ARN of a subscription that is not confirmed.
	pendingARN = "pending confirmation"
	// tokenLength is how many digits a token has.
	tokenLength = 288
	// maxFIFOSubscriptions is how many subscriptions a FIFO topic may have.
	maxFIFOSubscriptions = 100
)

// Subscribe adds an endpoint to a topic. HTTP(S) and e-mail endpoints are
// asked to confirm. An endpoint that is subscribed already keeps its
// subscription, and is asked once more while it has not confirmed.
//
// Spec: SNS API Reference, Subscribe.
func (s *Service) Subscribe(ctx context.Context, in *api.SubscribeInput) (*api.SubscribeOutput, error) {
	info := call.From(ctx)
	ref, err := parseTopic(info, in.TopicArn, "TopicArn")
	if err != nil {
		return nil, err
	}
	if in.Endpoint == nil || *in.Endpoint == "" {
		return nil, names.Invalid("Endpoint")
	}
	env, err := s.envelope(ctx)
	if err != nil {
		return nil, err
	}
	made := subscription{
		Protocol: in.Protocol, Endpoint: *in.Endpoint, Owner: info.Account, Principal: info.Principal.ARN,
		topic: ref, id: s.IDs.UUID(),
	}
	if in.Protocol == "http" || in.Protocol == "https" || strings.HasPrefix(in.Protocol, "email") {
		made.Pending, made.Token = true, s.IDs.Hex(tokenLength)
	} else {
		made.Authenticated = true
	}
	var sub *subscription
	err = s.Store.Update(ctx, func(tx *kv.Tx) error {
		fresh := made
		sub = &fresh
		t, err := loadTopic(tx, ref)
		if err != nil {
			return err
		}
		if sub, err = subscribe(tx, t, sub, in.Attributes); err != nil {
			return err
		}
		if !sub.Pending {
			return nil
		}
		if err := s.expireLater(tx, sub); err != nil {
			return err
		}
		return s.sendConfirmation(tx, env, t, sub, typeSubscribe)
	})
	if err != nil {
		return nil, err
	}
	out := &api.SubscribeOutput{SubscriptionArn: new(sub.ARN())}
	if sub.Pending && (in.ReturnSubscriptionArn == nil || !*in.ReturnSubscriptionArn) {
		out.SubscriptionArn = new(pendingARN)
	}
	return out, nil
}

// subscribe writes a new subscription, or returns the one that its endpoint
// has.
func subscribe(tx *kv.Tx, t *topic, sub *subscription, attributes map[string]string) (*subscription, error) {
	const prefix = "Attributes Reason: "
	if err := checkEndpoint(tx, t, sub.Protocol, sub.Endpoint); err != nil {
		return nil, err
	}
	// The scope first: it says how the policy is to be read.
	order := slices.Sorted(maps.Keys(attributes))
	slices.SortStableFunc(order, func(a, b string) int {
		if a == "FilterPolicyScope" {
			return -1
		} else if b == "FilterPolicyScope" {
			return 1
		}
		return 0
	})
	for _, name := range order {
		if err := sub.setAttribute(name, attributes[name], prefix); err != nil {
			return nil, err
		}
	}
	if sub.Protocol == "firehose" && sub.Attributes["SubscriptionRoleArn"] == "" {
		return nil, names.Invalid("%sSubscriptionRoleArn is required for Firehose subscriptions", prefix)
	}
	id, exists, err := kv.Get[string](tx, t.ref.endpointKey(sub.Protocol, sub.Endpoint))
	if err != nil {
		return nil, fmt.Errorf("load subscription of endpoint: %w", err)
	}
	if exists {
		return sameSubscription(tx, t, id, sub, attributes)
	}
	which := "confirmed"
	if sub.Pending {
		which = "pending"
	}
	if t.fifo() {
		n, err := tx.Count(t.ref.countKey("confirmed"))
		if err != nil {
			return nil, err
		}
		if n >= maxFIFOSubscriptions {
			return nil, &api.SubscriptionLimitExceededException{Message: "Subscription limit exceeded"}
		}
	}
	errs := []error{
		saveSubscription(tx, sub),
		kv.Put(tx, t.ref.endpointKey(sub.Protocol, sub.Endpoint), sub.id),
		tx.Add(t.ref.countKey(which), 1),
	}
	if sub.Token != "" {
		errs = append(errs, kv.Put(tx, t.ref.tokenKey(sub.Token), sub.id))
	}
	return sub, errors.Join(errs...)
}

// sameSubscription returns the subscription that an endpoint has, if it is the
// one asked for.
func sameSubscription(tx *kv.Tx, t *topic, id string, asked *subscription, attributes map[string]string) (*subscription, error) {
	old, err := loadSubscription(tx, t.ref, id)
	if err != nil {
		return nil, err
	}
	for name := range attributes {
		if old.Attributes[name] != asked.Attributes[name] {
			return nil, names.Invalid("Attributes Reason: Subscription already exists with different attributes")
		}
	}
	return old, nil
}

// expiry is the body of the tasks that end what was not confirmed.
type expiry struct {
	Account, Region, Topic, ID string
}

// expireLater sees to it that a subscription ends if it is not confirmed.
func (s *Service) expireLater(tx *kv.Tx, sub *subscription) error {
	_, err := s.Tasks.Add(tx, task.Task{
		Kind: expireKind, Owner: sub.topic.ARN(), Key: sub.ARN(), Due: s.Clock.Now().Add(confirmWithin),
		Body: expiry{sub.topic.Account, sub.topic.Region, sub.topic.name, sub.id},
	})
	return err
}

// runExpire removes a subscription that is still not confirmed.
func (s *Service) runExpire(ctx context.Context, run *task.Run) error {
	var e expiry
	if err := run.Decode(&e); err != nil {
		return task.Dead(err)
	}
	ref := topicRef{names.Home{Account: e.Account, Region: e.Region}, e.Topic}
	return s.Store.Update(ctx, func(tx *kv.Tx) error {
		if err := run.Done(tx); err != nil {
			return err
		}
		sub, ok, err := kv.Get[subscription](tx, ref.subKey(e.ID))
		if err != nil || !ok || !sub.Pending {
			return err
		}
		sub.topic, sub.id = ref, e.ID
		return removeSubscription(tx, &sub)
	})
}
