package sqs

import (
	"context"
	"maps"
	"strconv"
	"strings"
	"time"

	api "maru.dev/maru/api/sqs"
	"maru.dev/maru/call"
	"maru.dev/maru/kv"
)

// delivery is a message as a receiver gets it.
type delivery struct {
	message  message
	handle   string
	receives int
	first    time.Time
}

// receive is a request to receive, with the queue's defaults filled in.
type receive struct {
	want       int
	visibility time.Duration
	wait       time.Duration
	attemptID  string
	woken      time.Time // when it was last, while it waits; else zero
}

// ReceiveMessage takes up to ten messages, which are invisible to others until
// their visibility timeout has passed. It waits for the first one if told to.
//
// Spec: SQS API Reference, ReceiveMessage.
func (s *Service) ReceiveMessage(ctx context.Context, in *api.ReceiveMessageInput) (*api.ReceiveMessageOutput, error) {
	q, err := s.find(ctx, in.QueueUrl)
	if err != nil {
		return nil, err
	}
	r, err := newReceive(q, in)
	if err != nil {
		return nil, err
	}
	got, err := s.await(ctx, q, r)
	if err != nil {
		return nil, err
	}
	out := &api.ReceiveMessageOutput{}
	for _, d := range got {
		m := d.render(in)
		d.message.forPoller(&m, call.From(ctx))
		out.Messages = append(out.Messages, m)
	}
	return out, nil
}

// newReceive holds a request's numbers against their limits.
func newReceive(q *queue, in *api.ReceiveMessageInput) (receive, error) {
	r := receive{want: 1, visibility: q.Visibility, wait: q.Wait}
	if n := in.MaxNumberOfMessages; n != nil {
		if *n < 1 || *n > 10 {
			return r, invalidValue("Value %d for parameter MaxNumberOfMessages is invalid. Reason: Must be between 1 and 10, if provided.", *n)
		}
		r.want = int(*n)
	}
	if n := in.VisibilityTimeout; n != nil {
		if *n < 0 || *n > 43200 {
			return r, invalidValue("Value %d for parameter VisibilityTimeout is invalid. Reason: Must be >= 0 and <= 43200, if provided.", *n)
		}
		r.visibility = time.Duration(*n) * time.Second
	}
	if n := in.WaitTimeSeconds; n != nil {
		if *n < 0 || *n > 20 {
			return r, invalidValue("Value %d for parameter WaitTimeSeconds is invalid. Reason: Must be >= 0 and <= 20, if provided.", *n)
		}
		r.wait = time.Duration(*n) * time.Second
	}
	if id := in.ReceiveRequestAttemptId; id != nil {
		if !q.FIFO {
			return r, invalidValue("Value %s for parameter ReceiveRequestAttemptId is invalid. Reason: The request include parameter that is not valid for this queue type.", *id)
		}
		if err := checkToken("ReceiveRequestAttemptId", *id); err != nil {
			return r, err
		}
		r.attemptID = *id
	}
	return r, nil
}

// await takes what there is or waits for it, parked on the queue's topic.
func (s *Service) await(ctx context.Context, q *queue, r receive) ([]delivery, error) {
	if r.wait == 0 {
		return s.take(ctx, q, r)
	}
	watch := s.Store.Watch(q.wakeTopic())
	defer watch.Stop()
	deadline := s.Clock.Now().Add(r.wait)
	for {
		now := s.Clock.Now()
		got, err := s.take(ctx, q, r)
		if err != nil || len(got) > 0 || !now.Before(deadline) {
			return got, err
		}
		next, err := s.nextVisible(ctx, q, now, deadline)
		if err != nil {
			return nil, err
		}
		if again, ok := s.ready.of(q).unread(r.woken); ok && again.Before(next) {
			next = again
		}
		timer := s.Clock.NewTimer(next.Sub(s.Clock.Now()))
		select {
		case <-watch.C():
			r.woken = s.Clock.Now()
		case <-timer.C():
		case <-call.Closing(ctx):
			timer.Stop()
			return nil, nil
		case <-ctx.Done():
			timer.Stop()
			return nil, ctx.Err()
		}
		timer.Stop()
	}
}

// take takes what is visible now.
func (s *Service) take(ctx context.Context, q *queue, r receive) (got []delivery, err error) {
	if q.FIFO {
		for more := true; more && err == nil && len(got) == 0; {
			got, more, err = s.takeFIFO(ctx, q, r)
		}
		return got, err
	}
	h := s.ready.of(q)
	for {
		var rows []spot
		now := s.Clock.Now()
		settled := s.ready.settled(now)
		err = s.Store.View(ctx, func(tx *kv.Tx) error {
			rows, err = h.take(tx, q, r, now, settled)
			return err
		})
		if err != nil || len(rows) == 0 {
			return nil, err
		}
		got, err = s.takeRows(ctx, q, r, rows)
		h.done(rows, err == nil)
		switch {
		case err != nil:
			s.leave(ctx, q)
			return nil, err
		case len(got) > 0:
			return got, nil
		}
		// Every row had been taken by somebody else, had expired or went to
		// the dead letters: look further.
	}
}

// leave tells those who wait of rows that this receiver has taken from the hint and
// not from the queue: they may have looked for some meanwhile. It fails only with the
// store, which wakes everyone when it is there again.
func (s *Service) leave(ctx context.Context, q *queue) {
	_ = s.Store.Update(context.WithoutCancel(ctx), func(tx *kv.Tx) error {
		tx.Wake(q.wakeTopic())
		return nil
	})
}

// takeRows moves rows that were seen visible to where they will be visible
// again, and returns their messages.
func (s *Service) takeRows(ctx context.Context, q *queue, r receive, rows []spot) (got []delivery, err error) {
	now, end := s.ready.begin(s.Clock)
	defer end()
	err = s.Store.Update(ctx, func(tx *kv.Tx) error {
		got = got[:0]
		current, err := s.loadNamed(tx, q.home(), q.Name)
		if err != nil {
			return err
		}
		if current.ID != q.ID {
			return nil
		}
		for _, row := range rows {
			d, err := s.takeRow(tx, current, r, row, now)
			if err != nil {
				return err
			}
			if d != nil {
				got = append(got, *d)
			}
		}
		return nil
	})
	return got, err
}

// takeRow takes one row. There is nothing to deliver when somebody else has
// taken it, when it has expired, or when it goes to the dead letters.
func (s *Service) takeRow(tx *kv.Tx, q *queue, r receive, row spot, now time.Time) (*delivery, error) {
	sid := []byte(row.sid)
	key := q.positionKey(time.Unix(0, row.at), sid)
	p, ok, err := kv.Get[position](tx, key)
	if err != nil || !ok {
		return nil, err
	}
	m, ok, err := p.message(tx, q, sid)
	if err != nil {
		return nil, err
	}
	if err := tx.Delete(key); err != nil {
		return nil, err
	}
	if p.Moved {
		if err := tx.Delete(q.forwardKey(sid)); err != nil {
			return nil, err
		}
		p.Moved = false
	}
	if !ok || now.Sub(m.Sent) >= q.Retention {
		return nil, p.drop(tx, q, sid)
	}
	if q.MaxReceive > 0 && p.Receives >= q.MaxReceive {
		if gone, err := s.giveUp(tx, q, sid, &m, p, now); err != nil || gone {
			return nil, err
		}
	}
	p.Receives++
	if p.First.IsZero() {
		p.First = now
	}
	at := now.Add(r.visibility)
	if err := kv.Put(tx, q.positionKey(at, sid), p); err != nil {
		return nil, err
	}
	if err := s.appear(tx, q, at); err != nil {
		return nil, err
	}
	handle := receipt{queue: q.ID, sid: sid, at: at.UnixNano()}.handle()
	return &delivery{message: m, handle: handle, receives: p.Receives, first: p.First}, nil
}

// giveUp moves a standard queue's message to the dead-letter queue, with its
// count of receives. When that queue is not there any more it does nothing: the
// message then goes on as before.
func (s *Service) giveUp(tx *kv.Tx, q *queue, sid []byte, m *message, p position, now time.Time) (gone bool, err error) {
	dead, ok, err := loadARN(tx, q.DeadLetter)
	if err != nil || !ok {
		return false, err
	}
	if err := p.drop(tx, q, sid); err != nil {
		return false, err
	}
	m.Source = q.ARN()
	return true, s.put(tx, dead, sid, m, now, p)
}

// render writes a delivery as the request wants it.
func (d *delivery) render(in *api.ReceiveMessageInput) api.Message {
	out := api.Message{
		MessageId: &d.message.ID, ReceiptHandle: &d.handle,
		Body: &d.message.Body, MD5OfBody: new(md5Hex(d.message.Body)),
	}
	all := d.systemAttributes()
	for _, names := range [][]string{in.AttributeNames, in.MessageSystemAttributeNames} {
		for _, name := range names {
			if name == api.MessageSystemAttributeNameAll {
				out.Attributes = all
				break
			}
			if value, ok := all[name]; ok {
				if out.Attributes == nil {
					out.Attributes = make(map[string]string)
				}
				out.Attributes[name] = value
			}
		}
	}
	if chosen := selected(d.message.Attributes, in.MessageAttributeNames); len(chosen) > 0 {
		out.MessageAttributes = chosen
		out.MD5OfMessageAttributes = new(md5OfAttributes(userAttributes(chosen)))
	}
	return out
}

// systemAttributes returns all that SQS itself says of a message.
func (d *delivery) systemAttributes() map[string]string {
	milliseconds := func(t time.Time) string { return strconv.FormatInt(t.UnixMilli(), 10) }
	all := map[string]string{
		api.MessageSystemAttributeNameSenderId:                         d.message.Sender,
		api.MessageSystemAttributeNameSentTimestamp:                    milliseconds(d.message.Sent),
		api.MessageSystemAttributeNameApproximateReceiveCount:          strconv.Itoa(d.receives),
		api.MessageSystemAttributeNameApproximateFirstReceiveTimestamp: milliseconds(d.first),
	}
	optional := map[string]string{
		api.MessageSystemAttributeNameAWSTraceHeader:           d.message.Trace,
		api.MessageSystemAttributeNameDeadLetterQueueSourceArn: d.message.Source,
		api.MessageSystemAttributeNameMessageGroupId:           d.message.Group,
		api.MessageSystemAttributeNameMessageDeduplicationId:   d.message.Dedup,
	}
	if d.message.Seq > 0 {
		optional[api.MessageSystemAttributeNameSequenceNumber] = sequence(d.message.Seq)
	}
	for name, value := range maps.All(optional) {
		if value != "" {
			all[name] = value
		}
	}
	return all
}

// selected returns the message attributes that names ask for: by name, by
// prefix ("foo.*") or all ("All" and ".*").
func selected(attributes map[string]api.MessageAttributeValue, names []string) map[string]api.MessageAttributeValue {
	out := make(map[string]api.MessageAttributeValue)
	for _, name := range names {
		if name == "All" || name == ".*" {
			return attributes
		}
		prefix, isPrefix := strings.CutSuffix(name, ".*")
		for have, value := range attributes {
			if have == name || isPrefix && strings.HasPrefix(have, prefix) {
				out[have] = value
			}
		}
	}
	return out
}
