package sesv2

import (
	"context"

	api "maru.dev/maru/api/sesv2"
	"maru.dev/maru/arn"
	"maru.dev/maru/outbox/letter"
	"maru.dev/maru/service/ses/mail"
	"maru.dev/maru/wire"
)

// SendEmail sends a message: made of its parts, made by the caller, or from a
// template, which is stored or comes with the request. A message that lacks
// data for its template is accepted, and then not sent.
//
// Spec: Amazon SES API v2 Reference, SendEmail.
func (s *Service) SendEmail(ctx context.Context, in *api.SendEmailInput) (*api.SendEmailOutput, error) {
	m := addressed(in.FromEmailAddress, in.FromEmailAddressIdentityArn, in.ReplyToAddresses, in.Destination)
	m.ConfigurationSet = wire.Value(in.ConfigurationSetName)
	if in.ListManagementOptions != nil {
		return nil, &api.NotFoundException{Message: "List with name: " + in.ListManagementOptions.ContactListName + " doesn't exist."}
	}
	if err := s.fill(ctx, &m, in); err != nil {
		return nil, err
	}
	id, err := s.box.Send(ctx, m)
	if err != nil {
		return nil, err
	}
	return &api.SendEmailOutput{MessageId: &id}, nil
}

// addressed begins a message with its addresses.
func addressed(from, identity *string, replyTo []string, to *api.Destination) mail.Mail {
	m := mail.Mail{From: wire.Value(from), Identity: wire.Value(identity), ReplyTo: replyTo}
	if to != nil {
		m.To, m.Cc, m.Bcc = to.ToAddresses, to.CcAddresses, to.BccAddresses
	}
	return m
}

// fill gives a message its contents.
func (s *Service) fill(ctx context.Context, m *mail.Mail, in *api.SendEmailInput) error {
	c := in.Content
	kinds := 0
	if c != nil {
		for _, present := range []bool{c.Simple != nil, c.Raw != nil, c.Template != nil} {
			if present {
				kinds++
			}
		}
	}
	if kinds != 1 {
		return &api.BadRequestException{Message: "Exactly one of Simple, Raw or Template content must be specified."}
	}
	switch {
	case c.Raw != nil:
		m.Raw = append([]byte{}, c.Raw.Data...)
		m.Recipients = append(append(append([]string{}, m.To...), m.Cc...), m.Bcc...)
		return nil
	case c.Template != nil:
		return s.fromTemplate(ctx, m, c.Template)
	}
	m.Subject = data(c.Simple.Subject)
	if c.Simple.Body != nil {
		m.Text, m.HTML = data(c.Simple.Body.Text), data(c.Simple.Body.Html)
	}
	m.Headers, m.Attachments = headers(c.Simple.Headers), attachments(c.Simple.Attachments)
	return nil
}

// fromTemplate gives a message the contents of a template, filled in.
func (s *Service) fromTemplate(ctx context.Context, m *mail.Mail, t *api.Template) error {
	template, err := s.template(ctx, t)
	if err != nil {
		return err
	}
	values := wire.Value(t.TemplateData)
	if values == "" {
		values = "{}"
	}
	filled, missing, err := s.box.Fill(template, values)
	if err != nil {
		return err
	}
	m.Subject, m.Text, m.HTML, m.Missing = filled.Subject, filled.Text, filled.HTML, missing
	m.Headers, m.Attachments = headers(t.Headers), attachments(t.Attachments)
	return nil
}

// template finds the template that a request names or brings along.
func (s *Service) template(ctx context.Context, t *api.Template) (mail.Template, error) {
	name := wire.Value(t.TemplateName)
	if t.TemplateContent != nil {
		if name != "" || t.TemplateArn != nil {
			return mail.Template{}, &api.BadRequestException{Message: "Only one of TemplateName, TemplateArn or TemplateContent can be specified."}
		}
		return content("", t.TemplateContent), nil
	}
	if name == "" && t.TemplateArn != nil {
		a, err := arn.Parse(*t.TemplateArn)
		kind, id := a.Split()
		if err != nil || a.Service != "ses" || kind != "template" {
			return mail.Template{}, &api.BadRequestException{Message: "Invalid template ARN: " + *t.TemplateArn + "."}
		}
		name = id
	}
	if name == "" {
		return mail.Template{}, &api.BadRequestException{Message: "TemplateName, TemplateArn or TemplateContent must be specified."}
	}
	return s.box.Template(ctx, name)
}

// content is a template as it is kept.
func content(name string, c *api.EmailTemplateContent) mail.Template {
	if c == nil {
		return mail.Template{Name: name}
	}
	return mail.Template{Name: name, Subject: wire.Value(c.Subject), Text: wire.Value(c.Text), HTML: wire.Value(c.Html)}
}

// headers are a request's further header fields.
func headers(list []api.MessageHeader) []letter.Header {
	all := make([]letter.Header, len(list))
	for n, h := range list {
		all[n] = letter.Header{Name: h.Name, Value: h.Value}
	}
	return all
}

// attachments are a request's files. How each is to be encoded is left to the
// letter: base64 carries everything.
func attachments(list []api.Attachment) []letter.Attachment {
	all := make([]letter.Attachment, len(list))
	for n, a := range list {
		all[n] = letter.Attachment{
			Name: a.FileName, Type: wire.Value(a.ContentType), Description: wire.Value(a.ContentDescription), ContentID: wire.Value(a.ContentId),
			Inline: wire.Value(a.ContentDisposition) == api.AttachmentContentDispositionInline, Data: a.RawContent,
		}
	}
	return all
}
