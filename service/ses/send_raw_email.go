package ses

import (
	"context"

	api "maru.dev/maru/api/ses"
	"maru.dev/maru/service/ses/mail"
	"maru.dev/maru/wire"
)

// SendRawEmail sends a message that the caller made, head included.
//
// Spec: Amazon SES API Reference, SendRawEmail.
func (s *Service) SendRawEmail(ctx context.Context, in *api.SendRawEmailInput) (*api.SendRawEmailOutput, error) {
	m := mail.Mail{
		From: wire.Value(in.Source), Raw: []byte{}, Recipients: in.Destinations,
		Identity: wire.Value(in.SourceArn), ConfigurationSet: wire.Value(in.ConfigurationSetName),
	}
	if in.RawMessage != nil {
		m.Raw = append(m.Raw, in.RawMessage.Data...)
	}
	id, err := s.box.Send(ctx, m)
	if err != nil {
		return nil, err
	}
	return &api.SendRawEmailOutput{MessageId: id}, nil
}
