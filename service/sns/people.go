package sns

import (
	"cmp"
	"context"
	"fmt"

	api "maru.dev/maru/api/sns"
	"maru.dev/maru/call"
	"maru.dev/maru/kv"
	"maru.dev/maru/outbox"
)

// mailFrom is whom a topic's e-mail comes from.
func mailFrom(t *topic) string {
	name := cmp.Or(t.Attributes["DisplayName"], "AWS Notifications")
	return name + " <no-reply@sns.amazonaws.com>"
}

// mail puts a message for an e-mail subscription into the outbox.
func (s *Service) mail(tx *kv.Tx, env *envelope, t *topic, sub *subscription, m *message) error {
	out := outbox.Message{
		ID: s.IDs.UUID(), Channel: "email", At: m.At, Account: t.ref.account, Region: t.ref.region,
		From: mailFrom(t), To: []string{sub.Endpoint}, Subject: cmp.Or(m.Subject, "AWS Notification Message"), SourceARN: t.ref.ARN(),
	}
	if sub.Protocol == "email-json" {
		n, err := env.notify(t, sub, m)
		if err != nil {
			return err
		}
		body, err := encode(n)
		if err != nil {
			return err
		}
		out.Text = string(body)
		return outbox.Add(tx, out)
	}
	out.Text = fmt.Sprintf("%s\n\n--\nTo stop receiving notifications from this topic, visit the link below to unsubscribe:\n%s&Endpoint=%s\n",
		m.textFor(sub.Protocol), env.unsubscribeURL(sub), sub.Endpoint)
	return outbox.Add(tx, out)
}

// text puts a text message into the outbox, unless the number's owner does not
// want any.
func (s *Service) text(tx *kv.Tx, h home, number, source string, m *message) error {
	out, err := isOptedOut(tx, h, number)
	if err != nil || out {
		return err
	}
	return outbox.Add(tx, outbox.Message{
		ID: s.IDs.UUID(), Channel: "sms", At: m.At, Account: h.account, Region: h.region,
		From: m.Attributes["AWS.SNS.SMS.SenderID"].Value, To: []string{number}, Text: m.textFor("sms"), SourceARN: source,
	})
}

// push puts a push notification into the outbox, unless its device is gone or
// switched off.
func (s *Service) push(tx *kv.Tx, h home, deviceARN, source string, m *message) error {
	ref, err := parseDevice(deviceARN, "EndpointArn")
	if err != nil {
		return err
	}
	dev, ok, err := kv.Get[device](tx, ref.rowKey())
	if err != nil || !ok || dev.Attributes["Enabled"] != "true" {
		return err
	}
	return outbox.Add(tx, outbox.Message{
		ID: s.IDs.UUID(), Channel: "push", At: m.At, Account: h.account, Region: h.region,
		To: []string{deviceARN}, Subject: m.Subject, Text: m.textFor(ref.platform), SourceARN: source,
	})
}

// publishToPhone sends a text message to a number.
func (s *Service) publishToPhone(ctx context.Context, number string, m *message) error {
	if !e164.MatchString(number) {
		return invalid("PhoneNumber Reason: %s is not valid to publish to", number)
	}
	h := homeOf(call.From(ctx))
	return s.Store.Update(ctx, func(tx *kv.Tx) error { return s.text(tx, h, number, "", m) })
}

// publishToDevice sends a push notification to a platform endpoint.
func (s *Service) publishToDevice(ctx context.Context, deviceARN string, m *message) error {
	ref, err := parseDevice(deviceARN, "TargetArn")
	if err != nil {
		return err
	}
	return s.Store.Update(ctx, func(tx *kv.Tx) error {
		dev, ok, err := kv.Get[device](tx, ref.rowKey())
		switch {
		case err != nil:
			return fmt.Errorf("load endpoint: %w", err)
		case !ok:
			return invalid("TargetArn Reason: No endpoint found for the target arn specified")
		case dev.Attributes["Enabled"] != "true":
			return &api.EndpointDisabledException{Message: "Endpoint is disabled"}
		}
		return s.push(tx, ref.home, deviceARN, "", m)
	})
}
