package sesv2

import (
	"context"

	api "maru.dev/maru/api/sesv2"
)

// UpdateEmailTemplate replaces a template's parts.
//
// Spec: Amazon SES API v2 Reference, UpdateEmailTemplate.
func (s *Service) UpdateEmailTemplate(ctx context.Context, in *api.UpdateEmailTemplateInput) (*api.UpdateEmailTemplateOutput, error) {
	if err := s.box.UpdateTemplate(ctx, content(in.TemplateName, in.TemplateContent)); err != nil {
		return nil, err
	}
	return &api.UpdateEmailTemplateOutput{}, nil
}
