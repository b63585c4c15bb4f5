package sesv2

import (
	"context"

	api "maru.dev/maru/api/sesv2"
)

// ListEmailTemplates returns the names of templates, a page at a time: ten
// unless told otherwise.
//
// Spec: Amazon SES API v2 Reference, ListEmailTemplates.
func (s *Service) ListEmailTemplates(ctx context.Context, in *api.ListEmailTemplatesInput) (*api.ListEmailTemplatesOutput, error) {
	size, err := pageSize(in.PageSize, 10, 100)
	if err != nil {
		return nil, err
	}
	list, next, err := s.box.ListTemplates(ctx, in.NextToken, size)
	if err != nil {
		return nil, err
	}
	out := &api.ListEmailTemplatesOutput{TemplatesMetadata: []api.EmailTemplateMetadata{}, NextToken: next}
	for _, t := range list {
		out.TemplatesMetadata = append(out.TemplatesMetadata, api.EmailTemplateMetadata{TemplateName: &t.Name, CreatedTimestamp: &t.Made})
	}
	return out, nil
}

// pageSize is a page's size.
func pageSize(asked *int32, otherwise, most int) (int, error) {
	switch {
	case asked == nil:
		return otherwise, nil
	case *asked < 1 || int(*asked) > most:
		return 0, &api.BadRequestException{Message: "The page size is out of range."}
	}
	return int(*asked), nil
}
