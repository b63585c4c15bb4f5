package sns

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"time"

	api "maru.dev/maru/api/sns"
	"maru.dev/maru/call"
	"maru.dev/maru/kv"
	"maru.dev/maru/service/sns/names"
)

const (
	// dedupWindow is how long a FIFO topic remembers a message.
	dedupWindow = 5 * time.Minute
	// firstSequence is below the first sequence number of a FIFO topic.
	firstSequence = 10_000_000_000_000_000_000
	// dedupEvery is after how many messages a topic forgets those whose window is
	// over: seldom, since each time passes the traces of what was deleted before.
	dedupEvery = 64
	// dedupSweep is how many it forgets then: more than have come meanwhile.
	dedupSweep = 2 * dedupEvery
)

// Publish sends a message to a topic, a platform endpoint or a telephone. When
// it returns, a delivery to each subscriber is on disk.
//
// Spec: SNS API Reference, Publish.
func (s *Service) Publish(ctx context.Context, in *api.PublishInput) (*api.PublishOutput, error) {
	info := call.From(ctx)
	r := request{in.Message, in.Subject, in.MessageStructure, in.MessageAttributes, in.MessageDeduplicationId, in.MessageGroupId}
	target := in.TopicArn
	if target == nil {
		target = in.TargetArn
	}
	if target == nil && in.PhoneNumber == nil {
		return nil, names.Invalid("TopicArn or TargetArn Reason: no value for required parameter")
	}
	device := target != nil && strings.Contains(*target, ":endpoint/")
	m, err := s.newMessage(info, r, device)
	if err != nil {
		return nil, err
	}
	switch {
	case target == nil:
		err = s.PublishText(ctx, names.HomeOf(info), m.note(*in.PhoneNumber, ""))
	case device:
		err = s.PublishPush(ctx, m.note(*target, ""))
	default:
		return s.publishToTopic(ctx, *target, r, m)
	}
	if err != nil {
		return nil, err
	}
	return &api.PublishOutput{MessageId: &m.ID}, nil
}

// publishToTopic sends a message to a topic's subscribers.
func (s *Service) publishToTopic(ctx context.Context, topicARN string, r request, m *message) (*api.PublishOutput, error) {
	ref, err := parseTopic(call.From(ctx), topicARN, "TopicArn")
	if err != nil {
		return nil, err
	}
	env, err := s.envelope(ctx)
	if err != nil {
		return nil, err
	}
	var sent *message
	err = s.update(ctx, env, func(tx *kv.Tx) error {
		t, err := loadTopic(tx, ref)
		if err != nil {
			return err
		}
		if err := r.checkFIFO(t); err != nil {
			return err
		}
		sent, err = s.accept(tx, env, t, m)
		return err
	})
	if err != nil {
		return nil, err
	}
	out := &api.PublishOutput{MessageId: &sent.ID}
	if sent.Sequence != 0 {
		out.SequenceNumber = new(sequenceText(sent.Sequence))
	}
	return out, nil
}

// sequenceText is a sequence number as it is told: of twenty digits.
func sequenceText(n uint64) string { return fmt.Sprintf("%020d", firstSequence+n) }

// accept takes a valid message in for a topic, and returns what its publisher
// gets to know of it: of a duplicate, what was told of the original.
func (s *Service) accept(tx *kv.Tx, env *envelope, t *topic, m *message) (*message, error) {
	sent := *m
	if !t.fifo() {
		return &sent, s.fanOut(tx, env, t, &sent)
	}
	if sent.DedupID == "" {
		sum := sha256.Sum256([]byte(m.Text))
		sent.DedupID = hex.EncodeToString(sum[:])
	}
	scope := ""
	if t.Attributes["FifoThroughputScope"] == "MessageGroup" {
		scope = sent.GroupID
	}
	now := s.Clock.Now()
	known, dup, err := kv.Get[receipt](tx, t.ref.dedupKey(scope, sent.DedupID))
	if err != nil {
		return nil, fmt.Errorf("load deduplication: %w", err)
	}
	if dup && known.Until.After(now) {
		sent.ID, sent.Sequence = known.MessageID, known.Sequence
		return &sent, nil
	}
	last, _, err := kv.Get[uint64](tx, t.ref.seqKey())
	if err != nil {
		return nil, fmt.Errorf("load sequence number: %w", err)
	}
	sent.Sequence = last + 1
	if sent.Sequence%dedupEvery == 0 {
		if err := forgetDuplicates(tx, t, now); err != nil {
			return nil, err
		}
	}
	until := now.Add(dedupWindow)
	err = errors.Join(
		kv.Put(tx, t.ref.seqKey(), sent.Sequence),
		kv.Put(tx, t.ref.dedupKey(scope, sent.DedupID), receipt{sent.ID, sent.Sequence, until}),
		tx.Put(t.ref.dedupUntilKey(until, scope, sent.DedupID), nil),
		s.fanOutInOrder(tx, t, &sent),
	)
	return &sent, err
}

// forgetDuplicates deletes some messages whose window is over, so that they do not
// pile up.
func forgetDuplicates(tx *kv.Tx, t *topic, now time.Time) error {
	old := kv.Prefix(t.ref.dedupAgeKey())
	old.To = t.ref.dedupAgeKey().With(now)
	old.Limit = dedupSweep
	for pair, err := range tx.Scan(old) {
		if err != nil {
			return fmt.Errorf("scan deduplication: %w", err)
		}
		var (
			until     time.Time
			scope, id string
		)
		if err := pair.Key.Scan(5, &until, &scope, &id); err != nil {
			return err
		}
		known, ok, err := kv.Get[receipt](tx, t.ref.dedupKey(scope, id))
		if err != nil {
			return err
		}
		if ok && !known.Until.After(now) {
			if err := tx.Delete(t.ref.dedupKey(scope, id)); err != nil {
				return err
			}
		}
		if err := tx.Delete(pair.Key); err != nil {
			return err
		}
	}
	return nil
}
