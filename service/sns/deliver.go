package sns

import (
	"fmt"

	"maru.dev/maru/kv"
	"maru.dev/maru/outbox"
	"maru.dev/maru/service/sns/retry"
	"maru.dev/maru/task"
)

// deliver writes a message's delivery to one subscription.
func (s *Service) deliver(tx *kv.Tx, env *envelope, t *topic, sub *subscription, m *message) error {
	switch sub.Protocol {
	case "sms":
		return s.SendText(tx, sub.topic.Home, m.note(sub.Endpoint, sub.topic.ARN()))
	case "application":
		return s.Push(tx, m.note(sub.Endpoint, sub.topic.ARN()))
	case "email", "email-json":
		return s.mail(tx, env, t, sub, m)
	}
	d, err := s.delivery(env, t, sub, m)
	if err != nil {
		return err
	}
	return s.Tasks.Deliver(tx, d)
}

// delivery returns what is to be done for a subscription whose endpoint is a
// machine.
func (s *Service) delivery(env *envelope, t *topic, sub *subscription, m *message) (task.Delivery, error) {
	d := task.Delivery{
		Target: sub.Endpoint, Principal: principal, SourceARN: t.ref.ARN(), Owner: sub.ARN(),
		Account: t.ref.Account, Region: t.ref.Region, TraceID: m.TraceID, Policy: retry.Managed(),
	}
	var err error
	if d.DeadLetter, err = redriveTarget(sub.Attributes["RedrivePolicy"]); err != nil {
		return d, fmt.Errorf("stored redrive policy: %w", err)
	}
	if sub.Protocol == "sqs" {
		d.GroupID, d.DedupID = m.GroupID, m.DedupID
	}
	if t.fifo() {
		// One lane for each group, so that its messages go one after another.
		d.Owner, d.Serial = sub.ARN()+"/"+m.GroupID, m.Sequence
	}
	if sub.raw() {
		d.Payload = []byte(m.textFor(sub.Protocol))
		if sub.Protocol == "sqs" {
			d.Attributes, d.AttributeTypes = sqsAttributes(m)
		}
	} else {
		n, err := env.notify(t, sub, m)
		if err != nil {
			return d, err
		}
		if d.Payload, err = payload(sub, n); err != nil {
			return d, err
		}
	}
	if sub.Protocol == "http" || sub.Protocol == "https" {
		return d, s.addHTTP(&d, t, sub, typeNotification, m.ID)
	}
	return d, nil
}

// payload returns a message in the form that a protocol has.
func payload(sub *subscription, n notification) ([]byte, error) {
	if sub.Protocol == "lambda" {
		return encode(forLambda(sub, n))
	}
	return encode(n)
}

// sqsAttributes returns a message's attributes for a queue that gets it raw.
func sqsAttributes(m *message) (values, types map[string]string) {
	values, types = make(map[string]string, len(m.Attributes)), make(map[string]string, len(m.Attributes))
	for name, a := range m.Attributes {
		values[name], types[name] = a.Value, a.Type
	}
	return values, types
}

// addHTTP adds the headers of an HTTP(S) message and how it is retried.
func (s *Service) addHTTP(d *task.Delivery, t *topic, sub *subscription, kind, id string) error {
	policy, err := sub.deliveryPolicy(t)
	if err != nil {
		return err
	}
	d.Policy = policy.Policy()
	d.Attributes = map[string]string{
		"Content-Type":           policy.ContentType(),
		"User-Agent":             "Amazon Simple Notification Service Agent",
		"x-amz-sns-message-type": kind,
		"x-amz-sns-message-id":   id,
		"x-amz-sns-topic-arn":    t.ref.ARN(),
	}
	if kind == typeNotification {
		d.Attributes["x-amz-sns-subscription-arn"] = sub.ARN()
		if sub.raw() {
			d.Attributes["x-amz-sns-rawdelivery"] = "true"
		}
	}
	return nil
}

// sendConfirmation sends an endpoint a message about its subscription.
func (s *Service) sendConfirmation(tx *kv.Tx, env *envelope, t *topic, sub *subscription, kind string) error {
	id, now := s.IDs.UUID(), s.Clock.Now()
	n, err := env.confirmation(t, sub, kind, id, now)
	if err != nil {
		return err
	}
	switch sub.Protocol {
	case "email":
		return outbox.Add(tx, outbox.Message{
			ID: id, Channel: "email", At: now, Account: t.ref.Account, Region: t.ref.Region, From: mailFrom(t), To: []string{sub.Endpoint},
			Subject: "AWS Notification - Subscription Confirmation", SourceARN: t.ref.ARN(),
			Text: fmt.Sprintf("You have chosen to subscribe to the topic:\n%s\n\nTo confirm this subscription, visit the link below (if this was in error no action is necessary):\n%s\n", t.ref.ARN(), n.SubscribeURL),
		})
	case "email-json":
		body, err := encode(n)
		if err != nil {
			return err
		}
		return outbox.Add(tx, outbox.Message{
			ID: id, Channel: "email", At: now, Account: t.ref.Account, Region: t.ref.Region, From: mailFrom(t), To: []string{sub.Endpoint},
			Subject: "AWS Notification - Subscription Confirmation", SourceARN: t.ref.ARN(), Text: string(body),
		})
	}
	body, err := encode(n)
	if err != nil {
		return err
	}
	d := task.Delivery{
		Target: sub.Endpoint, Payload: body, Principal: principal, SourceARN: t.ref.ARN(), Owner: sub.ARN(),
		Account: t.ref.Account, Region: t.ref.Region,
	}
	if err := s.addHTTP(&d, t, sub, kind, id); err != nil {
		return err
	}
	return s.Tasks.Deliver(tx, d)
}
