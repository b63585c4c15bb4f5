package ses

import (
	"context"

	api "maru.dev/maru/api/ses"
	"maru.dev/maru/wire"
)

// GetTemplate returns a template as it was stored.
//
// Spec: Amazon SES API Reference, GetTemplate.
func (s *Service) GetTemplate(ctx context.Context, in *api.GetTemplateInput) (*api.GetTemplateOutput, error) {
	t, err := s.box.Template(ctx, in.TemplateName)
	if err != nil {
		return nil, err
	}
	return &api.GetTemplateOutput{Template: &api.Template{
		TemplateName: t.Name, SubjectPart: &t.Subject, TextPart: wire.Optional(t.Text), HtmlPart: wire.Optional(t.HTML),
	}}, nil
}
