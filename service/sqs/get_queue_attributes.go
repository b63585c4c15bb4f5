package sqs

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"time"

	api "maru.dev/maru/api/sqs"
	"maru.dev/maru/kv"
)

// GetQueueAttributes returns attributes of a queue, by name or all.
//
// Spec: SQS API Reference, GetQueueAttributes.
func (s *Service) GetQueueAttributes(ctx context.Context, in *api.GetQueueAttributesInput) (*api.GetQueueAttributesOutput, error) {
	now := s.Clock.Now()
	var all map[string]string
	err := s.Store.View(ctx, func(tx *kv.Tx) error {
		q, err := s.load(ctx, tx, in.QueueUrl)
		if err != nil {
			return err
		}
		all = q.attributes()
		if !slices.ContainsFunc(in.AttributeNames, isCount) {
			return nil
		}
		return q.count(tx, now, all)
	})
	if err != nil {
		return nil, err
	}
	out := &api.GetQueueAttributesOutput{}
	for _, name := range in.AttributeNames {
		if name == api.QueueAttributeNameAll {
			out.Attributes = all
			return out, nil
		}
		if !isAttribute(name) {
			return nil, &api.InvalidAttributeName{Message: fmt.Sprintf("Unknown Attribute %s.", name)}
		}
		if value, ok := all[name]; ok {
			if out.Attributes == nil {
				out.Attributes = make(map[string]string)
			}
			out.Attributes[name] = value
		}
	}
	return out, nil
}

// isCount says whether an attribute, asked for, needs messages counted.
func isCount(name string) bool {
	switch name {
	case api.QueueAttributeNameAll, api.QueueAttributeNameApproximateNumberOfMessages,
		api.QueueAttributeNameApproximateNumberOfMessagesNotVisible, api.QueueAttributeNameApproximateNumberOfMessagesDelayed:
		return true
	}
	return false
}

// isAttribute says whether there is an attribute of this name.
func isAttribute(name string) bool {
	if _, ok := numeric(name); ok || isCount(name) {
		return true
	}
	switch name {
	case api.QueueAttributeNamePolicy, api.QueueAttributeNameCreatedTimestamp, api.QueueAttributeNameLastModifiedTimestamp,
		api.QueueAttributeNameQueueArn, api.QueueAttributeNameRedrivePolicy, api.QueueAttributeNameFifoQueue,
		api.QueueAttributeNameContentBasedDeduplication, api.QueueAttributeNameKmsMasterKeyId,
		api.QueueAttributeNameDeduplicationScope, api.QueueAttributeNameFifoThroughputLimit,
		api.QueueAttributeNameRedriveAllowPolicy, api.QueueAttributeNameSqsManagedSseEnabled:
		return true
	}
	return false
}

// attributes returns all attributes of q but for the counts of messages.
func (q *queue) attributes() map[string]string {
	all := map[string]string{
		api.QueueAttributeNameQueueArn:              q.ARN(),
		api.QueueAttributeNameCreatedTimestamp:      strconv.FormatInt(q.Created.Unix(), 10),
		api.QueueAttributeNameLastModifiedTimestamp: strconv.FormatInt(q.Modified.Unix(), 10),
		api.QueueAttributeNameSqsManagedSseEnabled:  strconv.FormatBool(q.Set[api.QueueAttributeNameKmsMasterKeyId] == ""),
	}
	for _, name := range []string{
		api.QueueAttributeNameDelaySeconds, api.QueueAttributeNameMaximumMessageSize,
		api.QueueAttributeNameMessageRetentionPeriod, api.QueueAttributeNameReceiveMessageWaitTimeSeconds,
		api.QueueAttributeNameVisibilityTimeout,
	} {
		s, _ := numeric(name)
		all[name] = strconv.Itoa(s.preset)
	}
	if q.Set[api.QueueAttributeNameKmsMasterKeyId] != "" {
		all[api.QueueAttributeNameKmsDataKeyReusePeriodSeconds] = "300"
	}
	if q.FIFO {
		all[api.QueueAttributeNameFifoQueue] = "true"
		all[api.QueueAttributeNameContentBasedDeduplication] = "false"
		all[api.QueueAttributeNameDeduplicationScope] = "queue"
		all[api.QueueAttributeNameFifoThroughputLimit] = "perQueue"
	}
	maps.Copy(all, q.Set)
	return all
}

// maxCounted is how many invisible messages are counted one by one; more are
// told as that many.
const maxCounted = 120_000

// count adds the approximate numbers of messages. Those that are not visible
// stand at the end of their index and are counted there; the rest is visible.
func (q *queue) count(tx *kv.Tx, now time.Time, into map[string]string) error {
	total, err := tx.Count(q.countKey())
	if err != nil {
		return err
	}
	var inFlight, delayed int64
	if q.FIFO {
		inFlight, delayed, err = q.countGroups(tx, now)
	} else {
		inFlight, delayed, err = q.countPositions(tx, now)
	}
	if err != nil {
		return err
	}
	into[api.QueueAttributeNameApproximateNumberOfMessages] = strconv.FormatInt(max(0, total-inFlight-delayed), 10)
	into[api.QueueAttributeNameApproximateNumberOfMessagesNotVisible] = strconv.FormatInt(inFlight, 10)
	into[api.QueueAttributeNameApproximateNumberOfMessagesDelayed] = strconv.FormatInt(delayed, 10)
	return nil
}

// countPositions counts a standard queue's messages that are not visible.
func (q *queue) countPositions(tx *kv.Tx, now time.Time) (inFlight, delayed int64, err error) {
	r := kv.Prefix(q.positionsKey())
	r.From, r.Limit = q.key("v", q.ID, now.UnixNano()+1), maxCounted
	for row, err := range kv.Scan[position](tx, r) {
		if err != nil {
			return 0, 0, err
		}
		if row.Value.Receives > 0 {
			inFlight++
		} else {
			delayed++
		}
	}
	return inFlight, delayed, nil
}

// countGroups counts the messages of a FIFO queue that are in flight or delayed:
// only groups that are not ready have any in flight.
func (q *queue) countGroups(tx *kv.Tx, now time.Time) (inFlight, delayed int64, err error) {
	r := kv.Prefix(q.readyKey())
	r.From, r.Limit = q.key("r", q.ID, now.UnixNano()+1), maxCounted
	for row, err := range tx.Scan(r) {
		if err != nil {
			return 0, 0, err
		}
		var name string
		if err := row.Key.Scan(6, &name); err != nil {
			return 0, 0, err
		}
		elements := kv.Prefix(q.elementsKey(name))
		elements.Limit = maxInFlight
		for e, err := range kv.Scan[element](tx, elements) {
			switch {
			case err != nil:
				return 0, 0, err
			case !e.Value.At.After(now):
			case e.Value.Receives > 0:
				inFlight++
			default:
				delayed++
			}
		}
	}
	return inFlight, delayed, nil
}
