package ses

import (
	"context"

	api "maru.dev/maru/api/ses"
	"maru.dev/maru/service/ses/mail"
	"maru.dev/maru/wire"
)

// SendEmail sends a message made of its parts.
//
// Spec: Amazon SES API Reference, SendEmail.
func (s *Service) SendEmail(ctx context.Context, in *api.SendEmailInput) (*api.SendEmailOutput, error) {
	m := addressed(in.Source, in.Destination, in.ReplyToAddresses)
	m.Identity, m.ConfigurationSet = wire.Value(in.SourceArn), wire.Value(in.ConfigurationSetName)
	if in.Message != nil {
		m.Subject = data(in.Message.Subject)
		if in.Message.Body != nil {
			m.Text, m.HTML = data(in.Message.Body.Text), data(in.Message.Body.Html)
		}
	}
	id, err := s.box.Send(ctx, m)
	if err != nil {
		return nil, err
	}
	return &api.SendEmailOutput{MessageId: id}, nil
}

// addressed begins a message with its addresses.
func addressed(source string, to *api.Destination, replyTo []string) mail.Mail {
	m := mail.Mail{From: source, ReplyTo: replyTo}
	if to != nil {
		m.To, m.Cc, m.Bcc = to.ToAddresses, to.CcAddresses, to.BccAddresses
	}
	return m
}
