package ses

import (
	"context"

	api "maru.dev/maru/api/ses"
	"maru.dev/maru/service/ses/mail"
	"maru.dev/maru/wire"
)

// CreateTemplate stores a new template.
//
// Spec: Amazon SES API Reference, CreateTemplate.
func (s *Service) CreateTemplate(ctx context.Context, in *api.CreateTemplateInput) (*api.CreateTemplateOutput, error) {
	if err := s.box.CreateTemplate(ctx, stored(in.Template)); err != nil {
		return nil, err
	}
	return &api.CreateTemplateOutput{}, nil
}

// stored is a template as it is kept.
func stored(t *api.Template) mail.Template {
	if t == nil {
		return mail.Template{}
	}
	return mail.Template{Name: t.TemplateName, Subject: wire.Value(t.SubjectPart), Text: wire.Value(t.TextPart), HTML: wire.Value(t.HtmlPart)}
}
