package sqs

import (
	"encoding/json"
	"fmt"
	"maps"
	"strconv"
	"strings"
	"time"

	api "maru.dev/maru/api/sqs"
	"maru.dev/maru/arn"
)

// span is what a numeric attribute may be, and is when it is not set.
type span struct{ min, max, preset int }

// numeric are the attributes that are numbers.
func numeric(name string) (span, bool) {
	switch name {
	case api.QueueAttributeNameDelaySeconds:
		return span{0, 900, 0}, true
	case api.QueueAttributeNameMaximumMessageSize:
		return span{1024, 1048576, 1048576}, true
	case api.QueueAttributeNameMessageRetentionPeriod:
		return span{60, 1209600, 345600}, true
	case api.QueueAttributeNameReceiveMessageWaitTimeSeconds:
		return span{0, 20, 0}, true
	case api.QueueAttributeNameVisibilityTimeout:
		return span{0, 43200, 30}, true
	case api.QueueAttributeNameKmsDataKeyReusePeriodSeconds:
		return span{60, 86400, 300}, true
	}
	return span{}, false
}

// invalidAttribute is SQS's answer to an attribute's value.
func invalidAttribute(name string) error {
	return &api.InvalidAttributeValue{Message: fmt.Sprintf("Invalid value for the parameter %s.", name)}
}

// apply sets attributes on q. An empty value takes the attribute back to what
// it is when not set.
func (q *queue) apply(set map[string]string) error {
	next := maps.Clone(q.Set)
	if next == nil {
		next = make(map[string]string)
	}
	for name, value := range set {
		if err := q.check(name, value); err != nil {
			return err
		}
		if value == "" {
			delete(next, name)
		} else {
			next[name] = value
		}
	}
	q.Set = next
	return q.derive()
}

// check says whether an attribute may have a value.
func (q *queue) check(name, value string) error {
	if s, ok := numeric(name); ok {
		if n, err := strconv.Atoi(value); err != nil || n < s.min || n > s.max {
			return invalidAttribute(name)
		}
		return nil
	}
	switch name {
	case api.QueueAttributeNamePolicy:
		if value != "" && !json.Valid([]byte(value)) {
			return invalidAttribute(name)
		}
	case api.QueueAttributeNameKmsMasterKeyId:
	case api.QueueAttributeNameSqsManagedSseEnabled:
		return oneOf(name, value, "true", "false")
	case api.QueueAttributeNameRedrivePolicy, api.QueueAttributeNameRedriveAllowPolicy:
	case api.QueueAttributeNameFifoQueue:
		if value != strconv.FormatBool(q.FIFO) || !q.FIFO {
			return &api.InvalidAttributeName{Message: "Unknown Attribute FifoQueue."}
		}
	case api.QueueAttributeNameContentBasedDeduplication:
		return q.fifoOnly(name, value, "true", "false")
	case api.QueueAttributeNameDeduplicationScope:
		return q.fifoOnly(name, value, "queue", "messageGroup")
	case api.QueueAttributeNameFifoThroughputLimit:
		return q.fifoOnly(name, value, "perQueue", "perMessageGroupId")
	default:
		return &api.InvalidAttributeName{Message: fmt.Sprintf("Unknown Attribute %s.", name)}
	}
	return nil
}

// fifoOnly checks an attribute that only FIFO queues have.
func (q *queue) fifoOnly(name, value string, allowed ...string) error {
	if !q.FIFO {
		return &api.InvalidAttributeName{Message: fmt.Sprintf("Unknown Attribute %s.", name)}
	}
	return oneOf(name, value, allowed...)
}

// oneOf checks a value against the few that are allowed; empty is not set.
func oneOf(name, value string, allowed ...string) error {
	if value == "" {
		return nil
	}
	for _, a := range allowed {
		if value == a {
			return nil
		}
	}
	return invalidAttribute(name)
}

// redrivePolicy is the JSON of that attribute. maxReceiveCount is a number or a
// string that holds one.
type redrivePolicy struct {
	Target     string      `json:"deadLetterTargetArn"`
	MaxReceive json.Number `json:"maxReceiveCount"`
}

// derive works out what the attributes mean.
func (q *queue) derive() error {
	number := func(name string) int {
		s, _ := numeric(name)
		if n, err := strconv.Atoi(q.Set[name]); err == nil {
			return n
		}
		return s.preset
	}
	q.Delay = time.Duration(number(api.QueueAttributeNameDelaySeconds)) * time.Second
	q.Visibility = time.Duration(number(api.QueueAttributeNameVisibilityTimeout)) * time.Second
	q.Wait = time.Duration(number(api.QueueAttributeNameReceiveMessageWaitTimeSeconds)) * time.Second
	q.Retention = time.Duration(number(api.QueueAttributeNameMessageRetentionPeriod)) * time.Second
	q.MaxSize = number(api.QueueAttributeNameMaximumMessageSize)
	q.DedupByContent = q.Set[api.QueueAttributeNameContentBasedDeduplication] == "true"
	q.DedupByGroup = q.Set[api.QueueAttributeNameDeduplicationScope] == "messageGroup"

	if q.Set[api.QueueAttributeNameFifoThroughputLimit] == "perMessageGroupId" && !q.DedupByGroup {
		return &api.InvalidAttributeValue{Message: "The FifoThroughputLimit can be set to perMessageGroupId only when the DeduplicationScope is set to messageGroup."}
	}
	if err := q.checkRedriveAllow(); err != nil {
		return err
	}
	return q.deriveRedrive()
}

// deriveRedrive reads the redrive policy.
func (q *queue) deriveRedrive() error {
	q.DeadLetter, q.MaxReceive = "", 0
	text := q.Set[api.QueueAttributeNameRedrivePolicy]
	if text == "" {
		return nil
	}
	reason := func(format string, args ...any) error {
		return invalidValue("Value %s for parameter RedrivePolicy is invalid. Reason: "+format, append([]any{text}, args...)...)
	}
	var p redrivePolicy
	if err := json.Unmarshal([]byte(text), &p); err != nil {
		return reason("Redrive policy is not a valid JSON map.")
	}
	if p.MaxReceive == "" {
		return reason("Redrive policy does not contain mandatory attribute: maxReceiveCount.")
	}
	if p.Target == "" {
		return reason("Redrive policy does not contain mandatory attribute: deadLetterTargetArn.")
	}
	n, err := strconv.Atoi(p.MaxReceive.String())
	if err != nil || n < 1 || n > 1000 {
		return reason("Invalid value for maxReceiveCount: %s, valid values are from 1 to 1000 both inclusive.", p.MaxReceive)
	}
	a, err := arn.Parse(p.Target)
	if err != nil || a.Service != "sqs" {
		return reason("Invalid value for deadLetterTargetArn.")
	}
	if a.Account != q.Account || a.Region != q.Region {
		return reason("Dead-letter queue must be in same account and region as the source.")
	}
	if strings.HasSuffix(a.Resource, ".fifo") != q.FIFO {
		return reason("Dead-letter queue must be same type of queue as the source.")
	}
	q.DeadLetter, q.MaxReceive = p.Target, n
	return nil
}

// redriveAllow is the JSON of the RedriveAllowPolicy attribute.
type redriveAllow struct {
	Permission string   `json:"redrivePermission"`
	Sources    []string `json:"sourceQueueArns"`
}

// allows says whether a queue may use q for its dead letters.
func (q *queue) allows(sourceARN string) bool {
	var p redriveAllow
	if text := q.Set[api.QueueAttributeNameRedriveAllowPolicy]; text == "" || json.Unmarshal([]byte(text), &p) != nil {
		return true
	}
	switch p.Permission {
	case "denyAll":
		return false
	case "byQueue":
		for _, s := range p.Sources {
			if s == sourceARN {
				return true
			}
		}
		return false
	}
	return true
}

// checkRedriveAllow holds the RedriveAllowPolicy against its rules.
func (q *queue) checkRedriveAllow() error {
	text := q.Set[api.QueueAttributeNameRedriveAllowPolicy]
	if text == "" {
		return nil
	}
	var p redriveAllow
	err := json.Unmarshal([]byte(text), &p)
	byQueue := p.Permission == "byQueue"
	if err != nil || !byQueue && p.Permission != "allowAll" && p.Permission != "denyAll" ||
		byQueue != (len(p.Sources) > 0) || len(p.Sources) > 10 {
		return invalidValue("Value %s for parameter RedriveAllowPolicy is invalid. Reason: Amazon SQS can't create the redrive allow policy, as it's in an unsupported format.", text)
	}
	return nil
}

// sameAttributes says whether every attribute in set has that value on q, as
// CreateQueue asks of a queue that exists.
func (q *queue) sameAttributes(set map[string]string) (name string, same bool) {
	for name, value := range set {
		have, ok := q.Set[name]
		if !ok {
			if s, isNumber := numeric(name); isNumber {
				have = strconv.Itoa(s.preset)
			}
		}
		if have != value {
			return name, false
		}
	}
	return "", true
}
