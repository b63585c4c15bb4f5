package sqs

import (
	"context"
	"encoding/binary"
	"fmt"
	"time"

	api "maru.dev/maru/api/sqs"
	"maru.dev/maru/call"
	"maru.dev/maru/kv"
	"maru.dev/maru/service"
	"maru.dev/maru/telemetry"
)

// namespace is where SQS's metrics are.
const namespace = "AWS/SQS"

// The metrics of a queue, in the order in which newMetrics names them.
const (
	sent = iota
	sentSize
	received
	emptyReceives
	deleted
)

// newMetrics returns what is measured of queues by using them.
//
// Spec: SQS Developer Guide, Available CloudWatch metrics for Amazon SQS.
func newMetrics(m telemetry.Meter) *telemetry.Family {
	return telemetry.NewFamily(
		m, namespace, []string{"QueueName"},
		telemetry.Kind{Name: "NumberOfMessagesSent", Unit: "Count"},
		telemetry.Kind{Name: "SentMessageSize", Unit: "Bytes"},
		telemetry.Kind{Name: "NumberOfMessagesReceived", Unit: "Count"},
		telemetry.Kind{Name: "NumberOfEmptyReceives", Unit: "Count"},
		telemetry.Kind{Name: "NumberOfMessagesDeleted", Unit: "Count"},
	)
}

// Measured implements call.Measured.
func (s *Service) Measured(r *call.Record) {
	if r.Err != nil {
		return
	}
	switch in := r.In.(type) {
	case *api.SendMessageInput:
		s.measure(r, in.QueueUrl, telemetry.Value{Kind: sent, Is: 1},
			telemetry.Value{Kind: sentSize, Is: sizeOf(in.MessageBody, in.MessageAttributes)})
	case *api.ReceiveMessageInput:
		if out, ok := r.Out.(*api.ReceiveMessageOutput); ok {
			empty := 0.0
			if len(out.Messages) == 0 {
				empty = 1
			}
			s.measure(r, in.QueueUrl, telemetry.Value{Kind: received, Is: float64(len(out.Messages))},
				telemetry.Value{Kind: emptyReceives, Is: empty})
		}
	case *api.DeleteMessageInput:
		s.measure(r, in.QueueUrl, telemetry.Value{Kind: deleted, Is: 1})
	case *api.DeleteMessageBatchInput:
		if out, ok := r.Out.(*api.DeleteMessageBatchOutput); ok {
			s.measure(r, in.QueueUrl, telemetry.Value{Kind: deleted, Is: float64(len(out.Successful))})
		}
	case *api.SendMessageBatchInput:
		if out, ok := r.Out.(*api.SendMessageBatchOutput); ok {
			s.measureBatch(r, in, out)
		}
	}
}

// measure adds to the metrics of the queue that a call was about.
func (s *Service) measure(r *call.Record, queueURL string, values ...telemetry.Value) {
	if h, name, err := locate(r.Info, queueURL); err == nil {
		s.metrics.Add(telemetry.Of(h.Account, h.Region, name), values...)
	}
}

// measureBatch adds the messages of a batch that were sent.
func (s *Service) measureBatch(r *call.Record, in *api.SendMessageBatchInput, out *api.SendMessageBatchOutput) {
	failed := make(map[string]bool, len(out.Failed))
	for _, f := range out.Failed {
		failed[f.Id] = true
	}
	values := make([]telemetry.Value, 0, 11)
	values = append(values, telemetry.Value{Kind: sent, Is: float64(len(out.Successful))})
	for i := range in.Entries {
		if e := &in.Entries[i]; !failed[e.Id] {
			values = append(values, telemetry.Value{Kind: sentSize, Is: sizeOf(e.MessageBody, e.MessageAttributes)})
		}
	}
	s.measure(r, in.QueueUrl, values...)
}

// sizeOf is a message's size as its queue's limit counts it.
func sizeOf(body string, attributes map[string]api.MessageAttributeValue) float64 {
	n := len(body)
	for name, a := range attributes {
		n += len(name) + len(a.DataType) + len(a.BinaryValue)
		if a.StringValue != nil {
			n += len(*a.StringValue)
		}
	}
	return float64(n)
}

const (
	// activeFor is how long an empty queue's metrics are published after it was
	// last used.
	activeFor = 6 * time.Hour
	// maxGauged is how many queues are looked at in a minute.
	maxGauged = 10_000
	// lookedAt is how many messages are looked at for the oldest.
	lookedAt = 256
)

// Gauge measures what is in the queues.
func (s *Service) Gauge(ctx context.Context, m telemetry.Meter) error {
	return s.Store.View(ctx, func(tx *kv.Tx) error {
		homes, err := service.Homes(tx)
		if err != nil {
			return err
		}
		left := maxGauged
		for _, at := range homes {
			h := home(at)
			r := kv.Prefix(h.key("q"))
			r.Limit = left
			for row, err := range kv.Scan[queue](tx, r) {
				if err != nil {
					return fmt.Errorf("list queues: %w", err)
				}
				left--
				if err := s.gauge(tx, &row.Value, m); err != nil {
					return fmt.Errorf("count messages of %s: %w", row.Value.Name, err)
				}
			}
			if left == 0 || ctx.Err() != nil {
				return ctx.Err()
			}
		}
		return nil
	})
}

// gauge measures what is in a queue, unless that is nothing and nobody has used
// the queue for long.
func (s *Service) gauge(tx *kv.Tx, q *queue, m telemetry.Meter) error {
	now := s.Clock.Now()
	total, err := tx.Count(q.countKey())
	if err != nil {
		return err
	}
	if total == 0 && !s.metrics.Active(telemetry.Of(q.Account, q.Region, q.Name), activeFor) {
		return nil
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
	oldest, err := q.oldest(tx, now)
	if err != nil {
		return err
	}
	metric := telemetry.Metric{
		Account: q.Account, Region: q.Region, Namespace: namespace, Unit: "Count",
		Dimensions: []telemetry.Dimension{{Name: "QueueName", Value: q.Name}},
	}
	for name, n := range map[string]int64{
		"ApproximateNumberOfMessagesVisible":    max(0, total-inFlight-delayed),
		"ApproximateNumberOfMessagesNotVisible": inFlight,
		"ApproximateNumberOfMessagesDelayed":    delayed,
	} {
		metric.Name = name
		m.Measure(metric, float64(n))
	}
	metric.Name, metric.Unit = "ApproximateAgeOfOldestMessage", "Seconds"
	m.Measure(metric, float64(int64(oldest.Seconds())))
	return nil
}

// oldest is how long ago the oldest of the messages was sent that are next to
// be received.
func (q *queue) oldest(tx *kv.Tx, now time.Time) (age time.Duration, err error) {
	note := func(sid []byte) {
		if len(sid) >= 8 {
			sentAt := time.Unix(0, int64(binary.BigEndian.Uint64(sid)))
			age = max(age, now.Sub(sentAt))
		}
	}
	if q.FIFO {
		r := kv.Prefix(q.key("m", q.ID))
		r.Limit = lookedAt
		for row, err := range kv.Scan[element](tx, r) {
			if err != nil {
				return 0, err
			}
			note(row.Value.SID)
		}
		return age, nil
	}
	r := kv.Prefix(q.positionsKey())
	r.Limit = lookedAt
	for row, err := range tx.Scan(r) {
		if err != nil {
			return 0, err
		}
		var at int64
		var sid []byte
		if err := row.Key.Scan(5, &at, &sid); err != nil {
			return 0, err
		}
		note(sid)
	}
	return age, nil
}
