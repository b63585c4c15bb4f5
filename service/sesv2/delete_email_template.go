package sesv2

import (
	"context"

	api "maru.dev/maru/api/sesv2"
)

// DeleteEmailTemplate removes a template, which must be there.
//
// Spec: Amazon SES API v2 Reference, DeleteEmailTemplate.
func (s *Service) DeleteEmailTemplate(ctx context.Context, in *api.DeleteEmailTemplateInput) (*api.DeleteEmailTemplateOutput, error) {
	found, err := s.box.DeleteTemplate(ctx, in.TemplateName)
	if err != nil {
		return nil, err
	}
	if !found {
		return nil, faults{}.NoTemplate(in.TemplateName)
	}
	return &api.DeleteEmailTemplateOutput{}, nil
}
