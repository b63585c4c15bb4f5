package ses

import (
	"context"

	api "maru.dev/maru/api/ses"
)

// ListTemplates returns the names of templates, a page at a time: ten unless
// told otherwise.
//
// Spec: Amazon SES API Reference, ListTemplates.
func (s *Service) ListTemplates(ctx context.Context, in *api.ListTemplatesInput) (*api.ListTemplatesOutput, error) {
	list, next, err := s.box.ListTemplates(ctx, in.NextToken, limit(in.MaxItems, 10, 100))
	if err != nil {
		return nil, err
	}
	out := &api.ListTemplatesOutput{TemplatesMetadata: []api.TemplateMetadata{}, NextToken: next}
	for _, t := range list {
		out.TemplatesMetadata = append(out.TemplatesMetadata, api.TemplateMetadata{Name: &t.Name, CreatedTimestamp: &t.Made})
	}
	return out, nil
}
