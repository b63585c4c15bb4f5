package events

import (
	"strings"
	"time"

	"maru.dev/maru/kv"
	"maru.dev/maru/service/events/input"
	"maru.dev/maru/task"

	api "maru.dev/maru/api/events"
	"maru.dev/maru/wire"
)

// What a target gets that has no retry policy.
const (
	defaultAge     = 24 * time.Hour
	defaultRetries = 185
)

// invoke writes the deliveries of an event to a rule's targets, and returns
// about how much it wrote.
func (s *Service) invoke(tx *kv.Tx, l *listener, e *event) (written int, err error) {
	if !e.concerns(l) {
		return 0, nil
	}
	e.note(l)
	for i := range l.targets {
		t := &l.targets[i]
		if e.forwarded && isBus(t.Arn) {
			continue // what came from another bus goes no further
		}
		n, err := s.deliver(tx, l, t, e)
		if err != nil {
			return 0, err
		}
		written += n
	}
	return written, nil
}

// isBus tells whether an ARN is an event bus's.
func isBus(name string) bool { return strings.Contains(name, ":event-bus/") }

// deliver writes the delivery of an event to one target, and returns its size.
func (s *Service) deliver(tx *kv.Tx, l *listener, t *target, e *event) (int, error) {
	payload, fits := t.input(l, e)
	d := task.Delivery{
		Target: t.Arn, Payload: payload, Principal: principal, SourceARN: l.arn, Role: wire.Value(t.RoleArn), Policy: policyOf(t.RetryPolicy),
		Account: e.bus.account, Region: e.bus.region, TraceID: e.traceID,
		DeadLetterAttributes: map[string]string{"RULE_ARN": l.arn},
	}
	if t.DeadLetterConfig != nil {
		d.DeadLetter = wire.Value(t.DeadLetterConfig.Arn)
	}
	if p := t.SqsParameters; p != nil {
		d.GroupID = wire.Value(p.MessageGroupId)
	}
	if !fits && !isBus(t.Arn) {
		d.DeadLetterPayload = e.json()
		_, err := s.callLater(tx, t, d, e, true)
		return len(d.DeadLetterPayload), err
	}
	switch kindOf(t.Arn) {
	case "event-bus":
		d.Payload = e.json() // another bus gets the event as it is
	case "api-destination", "execute-api":
		n, err := s.callLater(tx, t, d, e, false)
		return len(d.Payload) + n, err
	case "kinesis":
		d.GroupID = e.id
		if p := t.KinesisParameters; p != nil {
			d.GroupID = text(t.partition(p.PartitionKeyPath, e))
		}
	}
	return len(d.Payload), s.Tasks.Deliver(tx, d)
}

// partition is what a path finds in an event, for a stream's partition key.
func (t *target) partition(path string, e *event) []byte {
	p, err := input.ParsePath(path)
	if err != nil {
		return nil
	}
	return p.In(e.json())
}

// text is a JSON value as text: a string without its quotes.
func text(raw []byte) string { return strings.Trim(string(raw), `"`) }

// input is what a target gets of an event; fits is false when it would be more
// than a target takes.
func (t *target) input(l *listener, e *event) (payload []byte, fits bool) {
	switch {
	case t.Input != nil:
		return []byte(*t.Input), true
	case t.transform != nil:
		return t.transform.Apply(e.json(), map[string]string{
			input.RuleARN: l.arn, input.RuleName: l.name, input.IngestionTime: e.ingested.UTC().Format("2006-01-02T15:04:05.000Z"),
		})
	case t.InputPath != nil:
		if part := t.path.In(e.json()); part != nil {
			return part, true
		}
		return []byte("null"), true
	}
	return e.json(), true
}

// policyOf is how often and how long a delivery is tried.
func policyOf(r *api.RetryPolicy) task.Policy {
	p := task.Policy{MaxAge: defaultAge, MaxAttempts: defaultRetries + 1, MinBackoff: time.Second, MaxBackoff: 10 * time.Minute}
	if r == nil {
		return p
	}
	if r.MaximumRetryAttempts != nil {
		p.MaxAttempts = int(*r.MaximumRetryAttempts) + 1
	}
	if r.MaximumEventAgeInSeconds != nil {
		p.MaxAge = time.Duration(*r.MaximumEventAgeInSeconds) * time.Second
	}
	return p
}
