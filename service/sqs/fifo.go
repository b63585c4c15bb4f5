package sqs

import (
	"context"
	"fmt"
	"time"

	"maru.dev/maru/kv"
)

// sequence writes a sequence number as SQS does: twenty digits.
func sequence(n uint64) string { return fmt.Sprintf("%020d", n) }

// onceScope is where deliveries' own names stand among deduplication ids.
const onceScope = "once"

// deduplicate answers a message that was sent under this id in the last five
// minutes with what was answered then, and remembers the id otherwise. A delivery's
// name is known for longer (see forgetDuplicates): it is its own for good.
func (s *Service) deduplicate(tx *kv.Tx, q *queue, o *outgoing, scope, id string) (known bool, err error) {
	now := o.message.Sent
	if err := s.forgetDuplicates(tx, q, now); err != nil {
		return false, err
	}
	key := q.duplicateKey(scope, id)
	d, known, err := kv.Get[duplicate](tx, key)
	if err != nil {
		return false, err
	}
	if known = known && (!q.FIFO || now.Before(d.Until)); !known {
		if q.FIFO {
			if err := s.assignSequence(tx, q, o); err != nil {
				return false, err
			}
		}
		d = duplicate{MessageID: o.message.ID, Seq: o.message.Seq, Until: now.Add(dedupInterval)}
		if err := kv.Put(tx, q.duplicateExpiryKey(d.Until, scope, id), true); err != nil {
			return false, err
		}
		if err := kv.Put(tx, key, d); err != nil {
			return false, err
		}
	}
	o.result.MessageId = d.MessageID
	if q.FIFO {
		o.result.SequenceNumber = new(sequence(d.Seq))
	}
	return known, nil
}

// forgetDuplicates removes a few deduplication ids whose time is over: two for
// each one that is added, so that they never pile up. It begins where the last
// look found the first one, not at the front, where the tombstones are. Names of
// deliveries stay for as long as they have after a start, too: what a crash has cut
// off is made again then, however long nobody was there.
func (s *Service) forgetDuplicates(tx *kv.Tx, q *queue, now time.Time) error {
	if !q.FIFO && now.Before(s.began.Add(dedupInterval)) {
		return nil
	}
	h := s.ready.of(q)
	r := kv.Prefix(q.key("e", q.ID))
	r.From, r.To, r.Limit = q.key("e", q.ID, h.expired(now)), q.key("e", q.ID, now.UnixNano()), 2
	first := now.UnixNano()
	defer func() { h.expire(first) }()
	for row, err := range tx.Scan(r) {
		if err != nil {
			return err
		}
		var at int64
		var scope, id string
		if err := row.Key.Scan(5, &at, &scope, &id); err != nil {
			return err
		}
		first = min(first, at)
		d, ok, err := kv.Get[duplicate](tx, q.duplicateKey(scope, id))
		if err != nil {
			return err
		}
		if ok && d.Until.UnixNano() == at {
			if err := tx.Delete(q.duplicateKey(scope, id)); err != nil {
				return err
			}
		}
		if err := tx.Delete(row.Key); err != nil {
			return err
		}
	}
	return nil
}

// assignSequence gives a message the next number of its group: larger than all
// before it, also those of a group that was empty in between, since it is no
// smaller than the time, by the clock as it was set first.
func (s *Service) assignSequence(tx *kv.Tx, q *queue, o *outgoing) error {
	g, _, err := kv.Get[group](tx, q.groupKey(o.message.Group))
	if err != nil {
		return err
	}
	o.message.Seq = max(g.Last+1, uint64(o.message.Sent.Add(q.Ahead).UnixNano()))
	return nil
}

// appendToGroup puts a message at its group's end.
func (s *Service) appendToGroup(tx *kv.Tx, q *queue, m *message, e element) error {
	g, ok, err := kv.Get[group](tx, q.groupKey(m.Group))
	if err != nil {
		return err
	}
	m.Seq = max(m.Seq, g.Last+1)
	g.Last = m.Seq
	if !ok {
		g.Ready, g.Head = e.At, m.Seq
		if err := tx.Put(q.groupReadyKey(e.At, m.Group), nil); err != nil {
			return err
		}
		if err := s.appear(tx, q, e.At); err != nil {
			return err
		}
	}
	if err := kv.Put(tx, q.groupKey(m.Group), g); err != nil {
		return err
	}
	return kv.Put(tx, q.elementKey(m.Group, m.Seq), e)
}

// maxInFlight is how many messages of one group can be in flight: one receive's.
const maxInFlight = 10

// settleGroup works out anew when a group can be received: once none of its
// messages is in flight, and its first one is visible. A group without messages
// is removed.
func (s *Service) settleGroup(tx *kv.Tx, q *queue, name string, now time.Time) error {
	g, ok, err := kv.Get[group](tx, q.groupKey(name))
	if err != nil || !ok {
		return err
	}
	r := kv.Prefix(q.elementsKey(name))
	r.From, r.Limit = q.elementKey(name, g.Head), maxInFlight
	ready, empty := now, true
	for row, err := range kv.Scan[element](tx, r) {
		if err != nil {
			return err
		}
		if empty {
			if err := row.Key.Scan(6, &g.Head); err != nil {
				return err
			}
		}
		// The first one may still be delayed; any may be in flight.
		if e := row.Value; (empty || e.Receives > 0) && e.At.After(ready) {
			ready = e.At
		}
		empty = false
	}
	if err := tx.Delete(q.groupReadyKey(g.Ready, name)); err != nil {
		return err
	}
	if empty {
		return tx.Delete(q.groupKey(name))
	}
	g.Ready = ready
	if err := tx.Put(q.groupReadyKey(ready, name), nil); err != nil {
		return err
	}
	if err := s.appear(tx, q, ready); err != nil {
		return err
	}
	return kv.Put(tx, q.groupKey(name), g)
}

// takeFIFO takes from the groups that can be received, as many of one group as
// it may before it turns to the next. With nothing taken, more says whether
// there were groups, whose messages had expired or went to the dead letters.
func (s *Service) takeFIFO(ctx context.Context, q *queue, r receive) (got []delivery, more bool, err error) {
	defer s.ready.lockFIFO(q)()
	now, end := s.ready.begin(s.Clock)
	defer end()
	h, settled := s.ready.of(q), s.ready.settled(now)
	err = s.Store.Update(ctx, func(tx *kv.Tx) (err error) {
		got, more = nil, false
		current, err := s.loadNamed(tx, q.home(), q.Name)
		if err != nil {
			return err
		}
		if r.attemptID != "" {
			again, known, err := s.repeatAttempt(tx, current, r, now)
			if err != nil || known {
				got = again
				return err
			}
		}
		groups, err := readyGroups(tx, current, h, r, now, settled)
		if err != nil {
			return err
		}
		more = len(groups) > 0
		for _, name := range groups {
			if len(got) >= r.want {
				break
			}
			taken, err := s.takeGroup(tx, current, name, r, r.want-len(got), now)
			if err != nil {
				return err
			}
			got = append(got, taken...)
		}
		if r.attemptID != "" && len(got) > 0 {
			return s.rememberAttempt(tx, current, r, got, now)
		}
		return nil
	})
	return got, more, err
}

// readyGroups returns the groups that can be received, at most as many as r wants
// messages. It reads from where h says that they begin.
func readyGroups(tx *kv.Tx, q *queue, h *hint, r receive, now, settled time.Time) (names []string, err error) {
	rows := kv.Range{From: q.readyKey().With(h.beginRead(r, now)), To: q.readyKey().With(now.UnixNano() + 1), Limit: r.want}
	first := now.UnixNano()
	for row, err := range tx.Scan(rows) {
		if err != nil {
			return nil, err
		}
		var at int64
		var name string
		if err := row.Key.Scan(5, &at, &name); err != nil {
			return nil, err
		}
		first = min(first, at)
		names = append(names, name)
	}
	h.endRead(first, settled)
	return names, nil
}

// takeGroup takes up to want messages from the front of a group that has none
// in flight.
func (s *Service) takeGroup(tx *kv.Tx, q *queue, name string, r receive, want int, now time.Time) (got []delivery, err error) {
	g, _, err := kv.Get[group](tx, q.groupKey(name))
	if err != nil {
		return nil, err
	}
	rows := kv.Prefix(q.elementsKey(name))
	rows.From, rows.Limit = q.elementKey(name, g.Head), want
	at := now.Add(r.visibility)
	for row, err := range kv.Scan[element](tx, rows) {
		if err != nil {
			return nil, err
		}
		e := row.Value
		if e.At.After(now) {
			break
		}
		m, ok, err := getMessage(tx, q, e.SID)
		if err != nil {
			return nil, err
		}
		if gone, err := s.retire(tx, q, row.Key, &e, &m, ok, now); err != nil || gone {
			if err != nil {
				return nil, err
			}
			continue
		}
		e.Receives++
		if e.First.IsZero() {
			e.First = now
		}
		e.At, e.Receipt = at, at.UnixNano()
		if err := kv.Put(tx, row.Key, e); err != nil {
			return nil, err
		}
		handle := receipt{queue: q.ID, sid: e.SID, at: e.Receipt, group: name, seq: m.Seq}.handle()
		got = append(got, delivery{message: m, handle: handle, receives: e.Receives, first: e.First})
	}
	return got, s.settleGroup(tx, q, name, now)
}

// retire takes a message out of its group that has expired or is to be given up.
func (s *Service) retire(tx *kv.Tx, q *queue, key kv.Key, e *element, m *message, exists bool, now time.Time) (gone bool, err error) {
	expired := !exists || now.Sub(m.Sent) >= q.Retention
	var dead *queue
	if !expired {
		if q.MaxReceive == 0 || e.Receives < q.MaxReceive {
			return false, nil
		}
		found, ok, err := loadARN(tx, q.DeadLetter)
		if err != nil || !ok {
			return false, err
		}
		dead = found
	}
	if err := tx.Delete(key); err != nil {
		return false, err
	}
	if err := dropMessage(tx, q, e.SID); err != nil {
		return false, err
	}
	if dead == nil {
		return true, nil
	}
	m.Source = q.ARN()
	return true, s.put(tx, dead, e.SID, m, now, position{Receives: e.Receives, First: e.First})
}

// deleteElement removes a message from its group. A handle whose time is over
// is an error here: somebody else may have the message now.
func (s *Service) deleteElement(tx *kv.Tx, q *queue, r receipt, handle string, now time.Time) error {
	e, ok, err := kv.Get[element](tx, q.elementKey(r.group, r.seq))
	if err != nil || !ok {
		return err
	}
	if e.Receipt != r.at || !e.At.After(now) {
		return invalidValue("Value %s for parameter ReceiptHandle is invalid. Reason: The receipt handle has expired.", handle)
	}
	if err := tx.Delete(q.elementKey(r.group, r.seq)); err != nil {
		return err
	}
	if err := dropMessage(tx, q, r.sid); err != nil {
		return err
	}
	return s.settleGroup(tx, q, r.group, now)
}

// changeElement says anew how long a message of a group stays invisible.
func (s *Service) changeElement(tx *kv.Tx, q *queue, r receipt, handle string, timeout time.Duration, now time.Time) error {
	key := q.elementKey(r.group, r.seq)
	e, ok, err := kv.Get[element](tx, key)
	if err != nil {
		return err
	}
	if !ok || e.Receipt != r.at || !e.At.After(now) {
		return notInFlight(handle)
	}
	e.At = now.Add(timeout)
	if e.Receives == 1 && e.At.Sub(e.First) > maxVisibility {
		return tooLongInvisible(handle)
	}
	if err := kv.Put(tx, key, e); err != nil {
		return err
	}
	return s.settleGroup(tx, q, r.group, now)
}
