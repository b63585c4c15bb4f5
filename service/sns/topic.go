package sns

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"strconv"
	"strings"

	"maru.dev/maru/call"
	"maru.dev/maru/kv"
	"maru.dev/maru/service/sns/names"
	"maru.dev/maru/service/sns/retry"
	"maru.dev/maru/wire"
)

// fifoSuffix ends the names of FIFO topics and queues.
const fifoSuffix = ".fifo"

// topicName is what a topic may be called, but for the suffix of a FIFO topic.
var topicName = regexp.MustCompile(`^[a-zA-Z0-9_-]{1,256}$`)

// loadTopic reads a topic that a request names.
func loadTopic(tx *kv.Tx, ref topicRef) (*topic, error) {
	t, ok, err := kv.Get[topic](tx, ref.rowKey())
	switch {
	case err != nil:
		return nil, fmt.Errorf("load topic: %w", err)
	case !ok:
		return nil, names.NotFound("Topic")
	}
	t.ref = ref
	return &t, nil
}

// saveTopic writes a topic.
func saveTopic(tx *kv.Tx, t *topic) error { return kv.Put(tx, t.ref.rowKey(), *t) }

// view reads a topic that a request names, and what else fn reads.
func (s *Service) view(ctx context.Context, topicARN string, fn func(tx *kv.Tx, t *topic) error) error {
	ref, err := parseTopic(call.From(ctx), topicARN, "TopicArn")
	if err != nil {
		return err
	}
	return s.Store.View(ctx, func(tx *kv.Tx) error {
		t, err := loadTopic(tx, ref)
		if err != nil {
			return err
		}
		return fn(tx, t)
	})
}

// change changes a topic that a request names.
func (s *Service) change(ctx context.Context, topicARN string, fn func(tx *kv.Tx, t *topic) error) error {
	ref, err := parseTopic(call.From(ctx), topicARN, "TopicArn")
	if err != nil {
		return err
	}
	return s.Store.Update(ctx, func(tx *kv.Tx) error {
		t, err := loadTopic(tx, ref)
		if err != nil {
			return err
		}
		if err := fn(tx, t); err != nil {
			return err
		}
		return saveTopic(tx, t)
	})
}

// setAttribute validates an attribute and stores it in t.
func (t *topic) setAttribute(name, value string) error {
	if err := checkTopicAttribute(t, name, value); err != nil {
		return err
	}
	if name == "Policy" {
		t.Policy = value
		return nil
	}
	if t.Attributes == nil {
		t.Attributes = make(map[string]string)
	}
	switch name {
	case "ContentBasedDeduplication", "FifoTopic":
		value = strings.ToLower(value)
	}
	if value == "" {
		delete(t.Attributes, name)
		return nil
	}
	t.Attributes[name] = value
	return nil
}

// checkTopicAttribute tells why an attribute cannot be set.
func checkTopicAttribute(t *topic, name, value string) error {
	switch name {
	case "DisplayName":
		if len([]rune(value)) > 100 {
			return names.Invalid("DisplayName")
		}
	case "Policy":
		if !json.Valid([]byte(value)) {
			return names.Invalid("Policy Error: null")
		}
	case "DeliveryPolicy":
		_, err := retry.ParseTopic(value)
		return err
	case "KmsMasterKeyId":
	case "SignatureVersion":
		if value != "1" && value != "2" {
			return names.Invalid("SignatureVersion")
		}
	case "TracingConfig":
		if value != "PassThrough" && value != "Active" {
			return names.Invalid("TracingConfig")
		}
	case "ContentBasedDeduplication", "FifoThroughputScope", "ArchivePolicy":
		return checkFIFOAttribute(t, name, value)
	default:
		return checkFeedbackAttribute(name, value)
	}
	return nil
}

// checkFIFOAttribute tells why an attribute of FIFO topics cannot be set.
func checkFIFOAttribute(t *topic, name, value string) error {
	if !t.fifo() {
		return names.Invalid("%s: %s can only be set for FIFO topics", "Attributes Reason", name)
	}
	switch name {
	case "ContentBasedDeduplication":
		if v := strings.ToLower(value); v != "true" && v != "false" {
			return names.Invalid("ContentBasedDeduplication")
		}
	case "FifoThroughputScope":
		if value != "Topic" && value != "MessageGroup" {
			return names.Invalid("FifoThroughputScope")
		}
	case "ArchivePolicy":
		if value != "" && value != "{}" {
			return &wire.APIError{
				Code: "NotImplemented", Status: 501,
				Message: "sns topic attribute ArchivePolicy is not implemented by maru: messages are not archived.",
			}
		}
	}
	return nil
}

// checkFeedbackAttribute tells why an attribute is not one of delivery status.
func checkFeedbackAttribute(name, value string) error {
	for _, protocol := range []string{"HTTP", "SQS", "Lambda", "Application", "Firehose"} {
		rest, ok := strings.CutPrefix(name, protocol)
		if !ok {
			continue
		}
		switch rest {
		case "SuccessFeedbackRoleArn", "FailureFeedbackRoleArn":
			return nil
		case "SuccessFeedbackSampleRate":
			if n, err := strconv.Atoi(value); err != nil || n < 0 || n > 100 {
				return names.Invalid("%s", name)
			}
			return nil
		}
	}
	return names.Invalid("AttributeName")
}

// attributes returns what GetTopicAttributes tells.
func (t *topic) attributes(tx *kv.Tx) (map[string]string, error) {
	policy, err := retry.ParseTopic(t.Attributes["DeliveryPolicy"])
	if err != nil {
		return nil, fmt.Errorf("stored delivery policy: %w", err)
	}
	out := map[string]string{
		"TopicArn":                t.ref.ARN(),
		"Owner":                   t.ref.Account,
		"Policy":                  t.Policy,
		"DisplayName":             "",
		"EffectiveDeliveryPolicy": policy.Effective(),
	}
	if t.fifo() {
		out["FifoTopic"], out["ContentBasedDeduplication"] = "true", "false"
		delete(out, "EffectiveDeliveryPolicy")
	}
	maps.Copy(out, t.Attributes)
	for which, name := range map[string]string{
		"confirmed": "SubscriptionsConfirmed", "pending": "SubscriptionsPending", "deleted": "SubscriptionsDeleted",
	} {
		n, err := tx.Count(t.ref.countKey(which))
		if err != nil {
			return nil, fmt.Errorf("count subscriptions: %w", err)
		}
		out[name] = strconv.FormatInt(n, 10)
	}
	return out, nil
}
