package sesv2

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	api "maru.dev/maru/api/sesv2"
	"maru.dev/maru/wire"
)

// maxBulk is how many messages one request may ask for.
const maxBulk = 50

// SendBulkEmail sends a template to many, filled in for each. Each message is
// accepted or refused by itself.
//
// Spec: Amazon SES API v2 Reference, SendBulkEmail.
func (s *Service) SendBulkEmail(ctx context.Context, in *api.SendBulkEmailInput) (*api.SendBulkEmailOutput, error) {
	if in.DefaultContent == nil || in.DefaultContent.Template == nil {
		return nil, &api.BadRequestException{Message: "DefaultContent must have a Template."}
	}
	if len(in.BulkEmailEntries) > maxBulk {
		return nil, &api.BadRequestException{Message: "The number of bulk email entries exceeds 50."}
	}
	if set := wire.Value(in.ConfigurationSetName); set != "" {
		return nil, faults{}.NoConfigurationSet(set)
	}
	if _, err := s.template(ctx, in.DefaultContent.Template); err != nil {
		return nil, err
	}
	out := &api.SendBulkEmailOutput{BulkEmailEntryResults: []api.BulkEmailEntryResult{}}
	for _, entry := range in.BulkEmailEntries {
		id, err := s.sendEntry(ctx, in, entry)
		result := api.BulkEmailEntryResult{Status: new(api.BulkEmailStatusSuccess), MessageId: &id}
		if err != nil {
			var fault wire.Error
			if !errors.As(err, &fault) {
				return nil, err
			}
			result = api.BulkEmailEntryResult{Status: new(status(fault)), Error: new(fault.ErrorMessage())}
		}
		out.BulkEmailEntryResults = append(out.BulkEmailEntryResults, result)
	}
	return out, nil
}

// sendEntry sends one message of many.
func (s *Service) sendEntry(ctx context.Context, in *api.SendBulkEmailInput, entry api.BulkEmailEntry) (string, error) {
	m := addressed(in.FromEmailAddress, in.FromEmailAddressIdentityArn, in.ReplyToAddresses, entry.Destination)
	t := *in.DefaultContent.Template
	if r := entry.ReplacementEmailContent; r != nil && r.ReplacementTemplate != nil && wire.Value(r.ReplacementTemplate.ReplacementTemplateData) != "" {
		merged, err := merge(wire.Value(t.TemplateData), *r.ReplacementTemplate.ReplacementTemplateData)
		if err != nil {
			return "", err
		}
		t.TemplateData = &merged
	}
	t.Headers = replace(t.Headers, entry.ReplacementHeaders)
	if err := s.fromTemplate(ctx, &m, &t); err != nil {
		return "", err
	}
	return s.box.Send(ctx, m)
}

// merge puts an entry's data over the common ones.
func merge(common, own string) (string, error) {
	all := make(map[string]json.RawMessage)
	for _, text := range []string{common, own} {
		if text == "" {
			continue
		}
		if err := json.Unmarshal([]byte(text), &all); err != nil {
			return "", &api.BadRequestException{Message: "The template data is not a valid JSON object: " + err.Error() + "."}
		}
		if all == nil { // it was null
			return "", &api.BadRequestException{Message: "The template data is not a valid JSON object."}
		}
	}
	merged, err := json.Marshal(all)
	if err != nil {
		return "", fmt.Errorf("merge template data: %w", err)
	}
	return string(merged), nil
}

// replace puts an entry's header fields over the common ones.
func replace(common, own []api.MessageHeader) []api.MessageHeader {
	all := append([]api.MessageHeader{}, own...)
	for _, h := range common {
		replaced := false
		for _, o := range own {
			replaced = replaced || o.Name == h.Name
		}
		if !replaced {
			all = append(all, h)
		}
	}
	return all
}

// status is how an entry's result tells what was wrong.
func status(fault wire.Error) string {
	switch fault.(type) {
	case *api.MessageRejected:
		return api.BulkEmailStatusMessageRejected
	case *api.NotFoundException:
		return api.BulkEmailStatusTemplateNotFound
	case *api.BadRequestException:
		return api.BulkEmailStatusInvalidParameter
	}
	return api.BulkEmailStatusFailed
}
