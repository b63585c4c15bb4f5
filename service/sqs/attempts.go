package sqs

import (
	"fmt"
	"time"

	"maru.dev/maru/kv"
)

// repeatAttempt answers a receive request attempt that was answered in the last
// five minutes with the same messages and handles, whose timeout starts anew.
// It is not known any more once one of them was deleted or made visible.
func (s *Service) repeatAttempt(tx *kv.Tx, q *queue, r receive, now time.Time) (got []delivery, known bool, err error) {
	a, ok, err := kv.Get[attempt](tx, q.attemptKey(r.attemptID))
	if err != nil || !ok || now.After(a.Until) {
		return nil, false, err
	}
	groups := make(map[string]bool)
	at := now.Add(r.visibility)
	var elements []element
	var keys []kv.Key
	for _, handle := range a.Handles {
		rc, err := parseReceipt(q, handle)
		if err != nil {
			return nil, false, fmt.Errorf("remembered receipt: %w", err)
		}
		key := q.elementKey(rc.group, rc.seq)
		e, ok, err := kv.Get[element](tx, key)
		if err != nil {
			return nil, false, err
		}
		if !ok || e.Receipt != rc.at || !e.At.After(now) {
			return nil, false, nil
		}
		m, ok, err := getMessage(tx, q, e.SID)
		if err != nil || !ok {
			return nil, false, err
		}
		e.At = at
		elements, keys = append(elements, e), append(keys, key)
		groups[rc.group] = true
		got = append(got, delivery{message: m, handle: handle, receives: e.Receives, first: e.First})
	}
	for i, e := range elements {
		if err := kv.Put(tx, keys[i], e); err != nil {
			return nil, false, err
		}
	}
	for name := range groups {
		if err := s.settleGroup(tx, q, name, now); err != nil {
			return nil, false, err
		}
	}
	return got, len(got) > 0, nil
}

// rememberAttempt keeps what an attempt was given.
func (s *Service) rememberAttempt(tx *kv.Tx, q *queue, r receive, got []delivery, now time.Time) error {
	a := attempt{Until: now.Add(dedupInterval)}
	for _, d := range got {
		a.Handles = append(a.Handles, d.handle)
	}
	return kv.Put(tx, q.attemptKey(r.attemptID), a)
}
