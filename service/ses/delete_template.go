package ses

import (
	"context"

	api "maru.dev/maru/api/ses"
)

// DeleteTemplate removes a template. One that is not there is no error.
//
// Spec: Amazon SES API Reference, DeleteTemplate.
func (s *Service) DeleteTemplate(ctx context.Context, in *api.DeleteTemplateInput) (*api.DeleteTemplateOutput, error) {
	if _, err := s.box.DeleteTemplate(ctx, in.TemplateName); err != nil {
		return nil, err
	}
	return &api.DeleteTemplateOutput{}, nil
}
