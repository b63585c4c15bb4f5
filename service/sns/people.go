package sns

import (
	"cmp"
	"fmt"

	"maru.dev/maru/kv"
	"maru.dev/maru/outbox"
	"maru.dev/maru/service/sns/mobile"
)

// mailFrom is whom a topic's e-mail comes from.
func mailFrom(t *topic) string {
	name := cmp.Or(t.Attributes["DisplayName"], "AWS Notifications")
	return name + " <no-reply@sns.amazonaws.com>"
}

// mail puts a message for an e-mail subscription into the outbox.
func (s *Service) mail(tx *kv.Tx, env *envelope, t *topic, sub *subscription, m *message) error {
	out := outbox.Message{
		ID: s.IDs.UUID(), Channel: "email", At: m.At, Account: t.ref.Account, Region: t.ref.Region,
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
	out.Text = fmt.Sprintf("%s\n\n--\nTo stop receiving notifications from this topic, visit the link below to unsubscribe:\n%s\n",
		m.textFor(sub.Protocol), env.unsubscribeURL(sub))
	return outbox.Add(tx, out)
}

// note returns a message as a telephone gets it.
func (m *message) note(to, source string) mobile.Note {
	return mobile.Note{
		At: m.At, To: to, From: m.Attributes["AWS.SNS.SMS.SenderID"].Value, Subject: m.Subject, SourceARN: source, Text: m.textFor,
	}
}
