package ses

import (
	"context"

	api "maru.dev/maru/api/ses"
)

// UpdateTemplate replaces a template's parts.
//
// Spec: Amazon SES API Reference, UpdateTemplate.
func (s *Service) UpdateTemplate(ctx context.Context, in *api.UpdateTemplateInput) (*api.UpdateTemplateOutput, error) {
	if err := s.box.UpdateTemplate(ctx, stored(in.Template)); err != nil {
		return nil, err
	}
	return &api.UpdateTemplateOutput{}, nil
}
