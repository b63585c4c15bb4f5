package ses

import (
	"context"

	api "maru.dev/maru/api/ses"
	"maru.dev/maru/wire"
)

// SendTemplatedEmail sends a stored template, filled in. A message that lacks
// data is accepted, and then not sent.
//
// Spec: Amazon SES API Reference, SendTemplatedEmail.
func (s *Service) SendTemplatedEmail(ctx context.Context, in *api.SendTemplatedEmailInput) (*api.SendTemplatedEmailOutput, error) {
	template, err := s.box.Template(ctx, in.Template)
	if err != nil {
		return nil, err
	}
	m := addressed(in.Source, in.Destination, in.ReplyToAddresses)
	m.Identity, m.ConfigurationSet = wire.Value(in.SourceArn), wire.Value(in.ConfigurationSetName)
	filled, missing, err := s.box.Fill(template, in.TemplateData)
	if err != nil {
		return nil, err
	}
	m.Subject, m.Text, m.HTML, m.Missing = filled.Subject, filled.Text, filled.HTML, missing
	id, err := s.box.Send(ctx, m)
	if err != nil {
		return nil, err
	}
	return &api.SendTemplatedEmailOutput{MessageId: id}, nil
}
