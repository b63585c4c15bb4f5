package sqs

import (
	"context"
	"time"

	api "maru.dev/maru/api/sqs"
	"maru.dev/maru/kv"
)

// maxVisibility is how long a message may stay invisible in all, from its
// receipt.
const maxVisibility = 12 * time.Hour

// ChangeMessageVisibility says anew, from now, how long a received message stays
// invisible.
//
// Spec: SQS API Reference, ChangeMessageVisibility.
func (s *Service) ChangeMessageVisibility(ctx context.Context, in *api.ChangeMessageVisibilityInput) (*api.ChangeMessageVisibilityOutput, error) {
	now, end := s.ready.begin(s.Clock)
	defer end()
	err := s.Store.Update(ctx, func(tx *kv.Tx) error {
		q, err := s.load(ctx, tx, in.QueueUrl)
		if err != nil {
			return err
		}
		return s.changeVisibility(tx, q, in.ReceiptHandle, in.VisibilityTimeout, now)
	})
	if err != nil {
		return nil, err
	}
	return &api.ChangeMessageVisibilityOutput{}, nil
}

// changeVisibility moves a message that is in flight.
func (s *Service) changeVisibility(tx *kv.Tx, q *queue, handle string, seconds int32, now time.Time) error {
	if seconds < 0 || seconds > 43200 {
		return invalidValue("Value %d for parameter VisibilityTimeout is invalid. Reason: VisibilityTimeout must be an integer between 0 and 43200.", seconds)
	}
	r, err := parseReceipt(q, handle)
	if err != nil {
		return err
	}
	timeout := time.Duration(seconds) * time.Second
	if q.FIFO {
		return s.changeElement(tx, q, r, handle, timeout, now)
	}
	was, p, ok, err := r.find(tx, q)
	if err != nil {
		return err
	}
	if !ok || !was.After(now) {
		return notInFlight(handle)
	}
	at := now.Add(timeout)
	if at.Sub(p.First) > maxVisibility && p.Receives == 1 {
		return tooLongInvisible(handle)
	}
	p.Moved = true
	if err := tx.Delete(q.positionKey(was, r.sid)); err != nil {
		return err
	}
	if err := kv.Put(tx, q.positionKey(at, r.sid), p); err != nil {
		return err
	}
	if err := kv.Put(tx, q.forwardKey(r.sid), forward{Receipt: r.at, At: at.UnixNano()}); err != nil {
		return err
	}
	return s.appear(tx, q, at)
}

// notInFlight is SQS's answer where a message cannot be kept invisible, since it
// is not.
func notInFlight(handle string) error {
	return invalidValue("Value %s for parameter ReceiptHandle is invalid. Reason: Message does not exist or is not available for visibility timeout change.", handle)
}

// tooLongInvisible is SQS's answer to more than twelve hours.
func tooLongInvisible(handle string) error {
	return invalidValue("Value %s for parameter ReceiptHandle is invalid. Reason: Total VisibilityTimeout for the message is beyond the limit [43200 seconds].", handle)
}

// ChangeMessageVisibilityBatch changes up to ten messages in one commit.
//
// Spec: SQS API Reference, ChangeMessageVisibilityBatch.
func (s *Service) ChangeMessageVisibilityBatch(ctx context.Context, in *api.ChangeMessageVisibilityBatchInput) (*api.ChangeMessageVisibilityBatchOutput, error) {
	ids := make([]string, len(in.Entries))
	for i, e := range in.Entries {
		ids[i] = e.Id
	}
	good, failed, err := s.eachReceived(ctx, in.QueueUrl, "ChangeMessageVisibilityBatchRequestEntry", ids, func(tx *kv.Tx, q *queue, i int, now time.Time) error {
		seconds := int32(q.Visibility / time.Second)
		if e := in.Entries[i]; e.VisibilityTimeout != nil {
			seconds = *e.VisibilityTimeout
		}
		return s.changeVisibility(tx, q, in.Entries[i].ReceiptHandle, seconds, now)
	})
	if err != nil {
		return nil, err
	}
	out := &api.ChangeMessageVisibilityBatchOutput{Failed: failed}
	for _, i := range good {
		out.Successful = append(out.Successful, api.ChangeMessageVisibilityBatchResultEntry{Id: ids[i]})
	}
	return out, nil
}
