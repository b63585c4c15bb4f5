package sqs

import (
	"context"
	"fmt"
	"maps"
	"strings"
	"time"

	api "maru.dev/maru/api/sqs"
	"maru.dev/maru/call"
	"maru.dev/maru/kv"
)

// nameRest is how long the name of a deleted queue rests before it can be used
// again.
const nameRest = 60 * time.Second

// CreateQueue makes a queue, or returns the one there is when it has the same
// attributes.
//
// Spec: SQS API Reference, CreateQueue.
func (s *Service) CreateQueue(ctx context.Context, in *api.CreateQueueInput) (*api.CreateQueueOutput, error) {
	info := call.From(ctx)
	h := homeOf(info)
	now := s.Clock.Now()
	q := queue{
		ID: s.IDs.Hex(16), Name: in.QueueName, Account: h.Account, Region: h.Region,
		FIFO: strings.HasSuffix(in.QueueName, ".fifo"), Created: now, Modified: now, Tags: in.Tags,
	}
	if err := checkName(&q, in.Attributes); err != nil {
		return nil, err
	}
	if err := checkTags(in.Tags); err != nil {
		return nil, err
	}
	if err := q.apply(in.Attributes); err != nil {
		return nil, err
	}
	err := s.Store.Update(ctx, func(tx *kv.Tx) error {
		old, ok, err := kv.Get[queue](tx, h.queueKey(q.Name))
		if err != nil {
			return fmt.Errorf("load queue: %w", err)
		}
		if ok {
			if name, same := old.sameAttributes(in.Attributes); !same {
				return &api.QueueNameExists{Message: fmt.Sprintf("A queue already exists with the same name and a different value for attribute %s", name)}
			}
			return nil
		}
		return s.create(tx, &q, now)
	})
	if err != nil {
		return nil, err
	}
	return &api.CreateQueueOutput{QueueUrl: new(s.urlOf(ctx, h, q.Name))}, nil
}

// create writes a new queue with what belongs to it.
func (s *Service) create(tx *kv.Tx, q *queue, now time.Time) error {
	h := q.home()
	deleted, ok, err := kv.Get[time.Time](tx, h.deletedKey(q.Name))
	if err != nil {
		return fmt.Errorf("load deletion: %w", err)
	}
	if ok && now.Before(deleted.Add(nameRest)) {
		return &api.QueueDeletedRecently{Message: "You must wait 60 seconds after deleting a queue before you can create another with the same name."}
	}
	if ok {
		if err := tx.Delete(h.deletedKey(q.Name)); err != nil {
			return err
		}
	}
	if err := linkDeadLetters(tx, q, ""); err != nil {
		return err
	}
	if err := s.scheduleRetention(tx, q, now); err != nil {
		return err
	}
	return kv.Put(tx, h.queueKey(q.Name), *q)
}

// linkDeadLetters checks q's dead-letter queue and keeps the list of its source
// queues, by which a dead-letter queue is known as one. was is the ARN of the
// one q had before.
func linkDeadLetters(tx *kv.Tx, q *queue, was string) error {
	if was != "" && was != q.DeadLetter {
		if err := tx.Delete(q.home().sourcesKey(was).With(q.Name)); err != nil {
			return err
		}
	}
	if q.DeadLetter == "" {
		return nil
	}
	dlq, ok, err := loadARN(tx, q.DeadLetter)
	if err != nil {
		return err
	}
	text := q.Set[api.QueueAttributeNameRedrivePolicy]
	if !ok {
		return invalidValue("Value %s for parameter RedrivePolicy is invalid. Reason: Dead letter target does not exist.", text)
	}
	if !dlq.allows(q.ARN()) {
		return invalidValue("Value %s for parameter RedrivePolicy is invalid. Reason: The dead-letter queue's RedriveAllowPolicy does not allow this source queue.", text)
	}
	return kv.Put(tx, q.home().sourcesKey(q.DeadLetter).With(q.Name), true)
}

// checkName holds a queue's name against the rules, and the FIFO attribute
// against the name.
func checkName(q *queue, attributes map[string]string) error {
	base := strings.TrimSuffix(q.Name, ".fifo")
	valid := base != "" && len(q.Name) <= 80
	for _, c := range base {
		valid = valid && (c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '-' || c == '_')
	}
	switch isFIFO := attributes[api.QueueAttributeNameFifoQueue] == "true"; {
	case !valid && isFIFO && !q.FIFO, valid && isFIFO && !q.FIFO:
		return invalidValue("The name of a FIFO queue can only include alphanumeric characters, hyphens, or underscores, must end with .fifo suffix and be 1 to 80 in length.")
	case !valid, q.FIFO && !isFIFO:
		return invalidValue("Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length")
	}
	return nil
}

// checkTags holds tags against their limits.
func checkTags(tags map[string]string) error {
	if len(tags) > 50 {
		return invalidValue("Too many tags added for the queue. Maximum of 50 tags are allowed.")
	}
	for key, value := range maps.All(tags) {
		if key == "" || len([]rune(key)) > 128 {
			return invalidValue("Tag keys must be between 1 and 128 characters in length.")
		}
		if strings.HasPrefix(strings.ToLower(key), "aws:") {
			return invalidValue("Tag keys must not start with aws:.")
		}
		if len([]rune(value)) > 256 {
			return invalidValue("Tag values must be between 0 and 256 characters in length.")
		}
	}
	return nil
}
