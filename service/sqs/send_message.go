package sqs

import (
	"context"
	"fmt"
	"time"

	api "maru.dev/maru/api/sqs"
	"maru.dev/maru/call"
	"maru.dev/maru/kv"
)

// dedupInterval is how long a deduplication id is remembered.
const dedupInterval = 5 * time.Minute

// SendMessage adds one message to a queue. When it returns, the message is on
// disk and visible to receivers once its delay has passed.
//
// Spec: SQS API Reference, SendMessage.
func (s *Service) SendMessage(ctx context.Context, in *api.SendMessageInput) (*api.SendMessageOutput, error) {
	entry := api.SendMessageBatchRequestEntry{
		MessageBody: in.MessageBody, DelaySeconds: in.DelaySeconds,
		MessageAttributes: in.MessageAttributes, MessageSystemAttributes: in.MessageSystemAttributes,
		MessageDeduplicationId: in.MessageDeduplicationId, MessageGroupId: in.MessageGroupId,
	}
	now, end := s.ready.begin(s.Clock)
	defer end()
	o, err := s.outgoing(ctx, &entry, now)
	if err != nil {
		return nil, err
	}
	err = s.Store.Update(ctx, func(tx *kv.Tx) error {
		q, err := s.load(ctx, tx, in.QueueUrl)
		if err != nil {
			return err
		}
		if err := o.fit(q); err != nil {
			return err
		}
		return s.append(tx, q, o)
	})
	if err != nil {
		return nil, err
	}
	return &api.SendMessageOutput{
		MessageId: &o.result.MessageId, MD5OfMessageBody: &o.result.MD5OfMessageBody,
		MD5OfMessageAttributes:       o.result.MD5OfMessageAttributes,
		MD5OfMessageSystemAttributes: o.result.MD5OfMessageSystemAttributes,
		SequenceNumber:               o.result.SequenceNumber,
	}, nil
}

// outgoing is a message on its way into a queue.
type outgoing struct {
	in    *api.SendMessageBatchRequestEntry
	sid   []byte
	size  int
	trace string
	once  string // see call.Info

	message message
	at      time.Time // visible from then on
	result  api.SendMessageBatchResultEntry
}

// outgoing checks what can be checked of a message before its queue is known.
func (s *Service) outgoing(ctx context.Context, in *api.SendMessageBatchRequestEntry, now time.Time) (*outgoing, error) {
	if in.MessageBody == "" {
		return nil, missing("MessageBody")
	}
	if err := checkText(in.MessageBody); err != nil {
		return nil, err
	}
	user, system := userAttributes(in.MessageAttributes), systemAttributes(in.MessageSystemAttributes)
	size, err := checkAttributes(user)
	if err != nil {
		return nil, err
	}
	o := &outgoing{in: in, size: len(in.MessageBody) + size}
	for name, a := range system {
		if name != api.MessageSystemAttributeNameAWSTraceHeader || a.kind != "String" || a.text == nil || *a.text == "" {
			return nil, invalidValue("Message system attribute name '%s' is invalid.", name)
		}
		o.trace = *a.text
	}
	info := call.From(ctx)
	sender := info.Principal.UserID
	if sender == "" {
		sender = info.Account
	}
	o.sid, o.once = s.newSID(now), info.Once
	o.message = message{
		ID: s.IDs.UUID(), Body: in.MessageBody, Sent: now, Sender: sender,
		Attributes: in.MessageAttributes,
	}
	o.message.setTrace(o.trace, info)
	o.result = api.SendMessageBatchResultEntry{
		Id: in.Id, MessageId: o.message.ID, MD5OfMessageBody: md5Hex(in.MessageBody),
	}
	if len(user) > 0 {
		o.result.MD5OfMessageAttributes = new(md5OfAttributes(user))
	}
	if len(system) > 0 {
		o.result.MD5OfMessageSystemAttributes = new(md5OfAttributes(system))
	}
	return o, nil
}

// fit holds the message against its queue's limits and kind, and works out when
// it becomes visible. It may run again.
func (o *outgoing) fit(q *queue) error {
	if o.size > q.MaxSize {
		return invalidValue("One or more parameters are invalid. Reason: Message must be shorter than %d bytes.", q.MaxSize)
	}
	delay := q.Delay
	if d := o.in.DelaySeconds; d != nil {
		if *d < 0 || *d > 900 {
			return invalidValue("Value %d for parameter DelaySeconds is invalid. Reason: DelaySeconds must be >= 0 and <= 900.", *d)
		}
		if q.FIFO && *d != 0 {
			return invalidValue("Value %d for parameter DelaySeconds is invalid. Reason: The request include parameter that is not valid for this queue type.", *d)
		}
		if !q.FIFO {
			delay = time.Duration(*d) * time.Second
		}
	}
	o.at = o.message.Sent.Add(delay)
	if g := o.in.MessageGroupId; g != nil {
		if err := checkToken("MessageGroupId", *g); err != nil {
			return err
		}
		o.message.Group = *g
	}
	if d := o.in.MessageDeduplicationId; d != nil {
		if !q.FIFO {
			return invalidValue("Value %s for parameter MessageDeduplicationId is invalid. Reason: The request include parameter that is not valid for this queue type.", *d)
		}
		if err := checkToken("MessageDeduplicationId", *d); err != nil {
			return err
		}
		o.message.Dedup = *d
	}
	if !q.FIFO {
		return nil
	}
	if o.message.Group == "" {
		return missing("MessageGroupId")
	}
	if o.message.Dedup == "" {
		if !q.DedupByContent {
			return invalidValue("The queue should either have ContentBasedDeduplication enabled or MessageDeduplicationId provided explicitly")
		}
		o.message.Dedup = sha256Hex(o.message.Body)
	}
	return nil
}

// append writes the message and what makes it receivable, together or not at
// all, and wakes who waits for it.
func (s *Service) append(tx *kv.Tx, q *queue, o *outgoing) error {
	known, err := s.known(tx, q, o)
	if err != nil || known {
		return err
	}
	return s.put(tx, q, o.sid, &o.message, o.at, position{})
}

// known says whether a message was sent before: under its deduplication id on a
// FIFO queue, or by a delivery that is made again.
func (s *Service) known(tx *kv.Tx, q *queue, o *outgoing) (bool, error) {
	switch {
	case q.FIFO && q.DedupByGroup:
		return s.deduplicate(tx, q, o, o.message.Group, o.message.Dedup)
	case q.FIFO:
		return s.deduplicate(tx, q, o, "", o.message.Dedup)
	case o.once != "":
		return s.deduplicate(tx, q, o, onceScope, o.once)
	default:
		return false, nil
	}
}

// put writes a message into a queue, new or given up by another, with what is
// known of its receives. A FIFO message gets its sequence number from its group
// unless it has one.
func (s *Service) put(tx *kv.Tx, q *queue, sid []byte, m *message, at time.Time, p position) error {
	if q.FIFO {
		if err := s.appendToGroup(tx, q, m, element{SID: sid, At: at, Receives: p.Receives, First: p.First}); err != nil {
			return fmt.Errorf("append to group: %w", err)
		}
		if err := putMessage(tx, q, sid, *m); err != nil {
			return fmt.Errorf("put message: %w", err)
		}
	} else {
		if err := putPosition(tx, q, sid, m, at, p); err != nil {
			return fmt.Errorf("put message: %w", err)
		}
		if err := s.appear(tx, q, at); err != nil {
			return err
		}
	}
	return tx.Add(q.countKey(), 1)
}
