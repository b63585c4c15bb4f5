package sesv2

import (
	"context"

	api "maru.dev/maru/api/sesv2"
	"maru.dev/maru/wire"
)

// GetEmailTemplate returns a template as it was stored.
//
// Spec: Amazon SES API v2 Reference, GetEmailTemplate.
func (s *Service) GetEmailTemplate(ctx context.Context, in *api.GetEmailTemplateInput) (*api.GetEmailTemplateOutput, error) {
	t, err := s.box.Template(ctx, in.TemplateName)
	if err != nil {
		return nil, err
	}
	return &api.GetEmailTemplateOutput{
		TemplateName:    t.Name,
		TemplateContent: &api.EmailTemplateContent{Subject: &t.Subject, Text: wire.Optional(t.Text), Html: wire.Optional(t.HTML)},
		Tags:            tagList(t.Tags),
	}, nil
}
