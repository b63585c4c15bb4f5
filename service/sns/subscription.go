package sns

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"strconv"
	"strings"

	"maru.dev/maru/arn"
	"maru.dev/maru/kv"
	"maru.dev/maru/service/sns/filter"
	"maru.dev/maru/service/sns/names"
	"maru.dev/maru/service/sns/retry"
	"maru.dev/maru/wire"
)

// loadSubscription reads a subscription.
func loadSubscription(tx *kv.Tx, ref topicRef, id string) (*subscription, error) {
	sub, ok, err := kv.Get[subscription](tx, ref.subKey(id))
	switch {
	case err != nil:
		return nil, fmt.Errorf("load subscription: %w", err)
	case !ok:
		return nil, names.NotFound("Subscription")
	}
	sub.topic, sub.id = ref, id
	return &sub, nil
}

// saveSubscription writes a subscription.
func saveSubscription(tx *kv.Tx, sub *subscription) error {
	return kv.Put(tx, sub.topic.subKey(sub.id), *sub)
}

// removeSubscription deletes a subscription with all that belongs to it.
func removeSubscription(tx *kv.Tx, sub *subscription) error {
	which := "confirmed"
	if sub.Pending {
		which = "pending"
	}
	errs := []error{
		tx.Delete(sub.topic.subKey(sub.id)),
		tx.Delete(sub.topic.endpointKey(sub.Protocol, sub.Endpoint)),
		tx.Add(sub.topic.countKey(which), -1),
		tx.Add(sub.topic.countKey("deleted"), 1),
	}
	if sub.Token != "" {
		errs = append(errs, tx.Delete(sub.topic.tokenKey(sub.Token)))
	}
	return errors.Join(errs...)
}

// setAttribute validates an attribute and stores it in the subscription. The
// prefix is what errors begin with.
func (s *subscription) setAttribute(name, value, prefix string) error {
	if err := s.checkAttribute(name, value, prefix); err != nil {
		return err
	}
	if s.Attributes == nil {
		s.Attributes = make(map[string]string)
	}
	if name == "RawMessageDelivery" {
		value = strings.ToLower(value)
	}
	if value == "" || name == "FilterPolicy" && value == "{}" {
		delete(s.Attributes, name)
		return nil
	}
	s.Attributes[name] = value
	return nil
}

// checkAttribute tells why an attribute cannot be set.
func (s *subscription) checkAttribute(name, value, prefix string) error {
	switch name {
	case "FilterPolicy":
		return checkFilter(value, s.scope(), prefix)
	case "FilterPolicyScope":
		if value != string(filter.Attributes) && value != string(filter.Body) {
			return names.Invalid("%sFilterPolicyScope: Invalid value [%s]. Please use either MessageBody or MessageAttributes", prefix, value)
		}
		return checkFilter(s.Attributes["FilterPolicy"], filter.Scope(value), prefix)
	case "RawMessageDelivery":
		if v := strings.ToLower(value); v != "true" && v != "false" {
			return names.Invalid("%sRawMessageDelivery: Invalid value [%s]. Must be true or false.", prefix, value)
		} else if v == "true" && !rawAllowed(s.Protocol) {
			return names.Invalid("%sRawMessageDelivery: Delivery protocol [%s] does not support raw message delivery.", prefix, s.Protocol)
		}
	case "RedrivePolicy":
		return s.checkRedrive(value, prefix)
	case "DeliveryPolicy":
		_, err := retry.ParseSubscription(value)
		return err
	case "SubscriptionRoleArn":
		if _, err := arn.Parse(value); err != nil {
			return names.Invalid("%sSubscriptionRoleArn", prefix)
		}
	case "ReplayPolicy":
		return &wire.APIError{
			Code: "NotImplemented", Status: 501,
			Message: "sns subscription attribute ReplayPolicy is not implemented by maru: messages are not archived.",
		}
	default:
		return names.Invalid("%sAttributeName", prefix)
	}
	return nil
}

// rawAllowed tells whether a protocol may have messages without an envelope.
func rawAllowed(protocol string) bool {
	switch protocol {
	case "sqs", "http", "https", "firehose":
		return true
	}
	return false
}

// scope is what the subscription's filter policy looks at.
func (s *subscription) scope() filter.Scope {
	if s.Attributes["FilterPolicyScope"] == string(filter.Body) {
		return filter.Body
	}
	return filter.Attributes
}

// checkFilter tells why a text is no filter policy.
func checkFilter(text string, scope filter.Scope, prefix string) error {
	if text == "" {
		return nil
	}
	if _, err := filter.Parse(text, scope); err != nil {
		return names.Invalid("%s%s", prefix, err.Error())
	}
	return nil
}

// checkRedrive tells why a text is no redrive policy for the subscription.
func (s *subscription) checkRedrive(value, prefix string) error {
	if value == "" {
		return nil
	}
	target, err := redriveTarget(value)
	if err != nil {
		return names.Invalid("%sRedrivePolicy: failed to parse JSON.", prefix)
	}
	a, err := arn.Parse(target)
	if err != nil || a.Service != "sqs" {
		return names.Invalid("%sRedrivePolicy: deadLetterTargetArn is an invalid arn", prefix)
	}
	fifo := strings.HasSuffix(s.topic.name, fifoSuffix) && strings.HasSuffix(s.Endpoint, fifoSuffix)
	if fifo != strings.HasSuffix(a.Resource, fifoSuffix) {
		if fifo {
			return names.Invalid("%sRedrivePolicy: must use a FIFO queue as DLQ for a FIFO Subscription to a FIFO Topic.", prefix)
		}
		return names.Invalid("%sRedrivePolicy: must use a standard queue as DLQ for a subscription to a standard queue or topic.", prefix)
	}
	return nil
}

// redriveTarget reads the dead-letter queue's ARN from a redrive policy.
func redriveTarget(policy string) (string, error) {
	if policy == "" {
		return "", nil
	}
	var p struct {
		DeadLetterTargetArn string `json:"deadLetterTargetArn"`
	}
	err := json.Unmarshal([]byte(policy), &p)
	return p.DeadLetterTargetArn, err
}

// attributes returns what GetSubscriptionAttributes tells.
func (s *subscription) attributes(t *topic) (map[string]string, error) {
	out := map[string]string{
		"SubscriptionArn":              s.ARN(),
		"TopicArn":                     s.topic.ARN(),
		"Protocol":                     s.Protocol,
		"Endpoint":                     s.Endpoint,
		"Owner":                        s.Owner,
		"PendingConfirmation":          strconv.FormatBool(s.Pending),
		"ConfirmationWasAuthenticated": strconv.FormatBool(s.Authenticated),
		"RawMessageDelivery":           "false",
		"SubscriptionPrincipal":        s.Principal,
	}
	if s.Principal == "" {
		delete(out, "SubscriptionPrincipal")
	}
	maps.Copy(out, s.Attributes)
	if out["FilterPolicy"] == "" {
		delete(out, "FilterPolicyScope")
	} else {
		out["FilterPolicyScope"] = string(s.scope())
	}
	if s.Protocol == "http" || s.Protocol == "https" {
		p, err := s.deliveryPolicy(t)
		if err != nil {
			return nil, err
		}
		out["EffectiveDeliveryPolicy"] = p.JSON()
	}
	return out, nil
}

// deliveryPolicy is how deliveries to the subscription's endpoint are made.
func (s *subscription) deliveryPolicy(t *topic) (retry.Subscription, error) {
	own, err := retry.ParseSubscription(s.Attributes["DeliveryPolicy"])
	if err != nil {
		return own, fmt.Errorf("stored delivery policy: %w", err)
	}
	of, err := retry.ParseTopic(t.Attributes["DeliveryPolicy"])
	if err != nil {
		return own, fmt.Errorf("stored delivery policy: %w", err)
	}
	return own.Over(of), nil
}
