package sesv2

import (
	"context"

	api "maru.dev/maru/api/sesv2"
)

// CreateEmailTemplate stores a new template.
//
// Spec: Amazon SES API v2 Reference, CreateEmailTemplate.
func (s *Service) CreateEmailTemplate(ctx context.Context, in *api.CreateEmailTemplateInput) (*api.CreateEmailTemplateOutput, error) {
	t := content(in.TemplateName, in.TemplateContent)
	var err error
	if t.Tags, err = tagMap(in.Tags); err != nil {
		return nil, err
	}
	if err := s.box.CreateTemplate(ctx, t); err != nil {
		return nil, err
	}
	return &api.CreateEmailTemplateOutput{}, nil
}
