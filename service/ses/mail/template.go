package mail

import (
	"context"
	"fmt"
	"maps"
	"time"

	"maru.dev/maru/kv"
	"maru.dev/maru/service"
	"maru.dev/maru/service/ses/handlebars"
)

// What templates may be.
const (
	maxTemplates    = 20_000
	maxTemplateSize = 500_000 // bytes of all three parts
)

// Template is a message with gaps.
type Template struct {
	Name    string
	Subject string
	Text    string            `cbor:",omitempty"`
	HTML    string            `cbor:",omitempty"`
	Made    time.Time         // or changed
	Tags    map[string]string `cbor:",omitempty"`
}

// checkTemplate refuses what could never be sent.
func (b *Box) checkTemplate(t Template) error {
	switch {
	case t.Subject == "":
		return b.Faults.BadTemplate(t.Name, "The subject must be specified.")
	case len(t.Subject)+len(t.Text)+len(t.HTML) > maxTemplateSize:
		return b.Faults.BadTemplate(t.Name, "The template is larger than 500 KB.")
	}
	for _, part := range []string{t.Subject, t.Text, t.HTML} {
		if _, err := handlebars.Parse(part); err != nil {
			return b.Faults.BadTemplate(t.Name, "The template cannot be rendered: "+err.Error()+".")
		}
	}
	return nil
}

// checkTemplateName holds a new template's name against the rules.
func (b *Box) checkTemplateName(name string) error {
	if len(name) == 0 || len(name) > 64 {
		return b.Faults.Invalid("Template name must be between 1 and 64 characters long.")
	}
	for _, c := range name {
		if (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (c < '0' || c > '9') && c != '_' && c != '-' {
			return b.Faults.Invalid("Template name can contain only letters, numbers, underscores and dashes.")
		}
	}
	return nil
}

// CreateTemplate stores a new template.
func (b *Box) CreateTemplate(ctx context.Context, t Template) error {
	if err := b.checkTemplateName(t.Name); err != nil {
		return err
	}
	if err := b.checkTemplate(t); err != nil {
		return err
	}
	h := homeOf(ctx)
	t.Made = b.Clock.Now()
	return b.Store.Update(ctx, func(tx *kv.Tx) error {
		_, found, err := tx.Get(h.templateKey(t.Name))
		if err != nil {
			return fmt.Errorf("load template: %w", err)
		}
		if found {
			return b.Faults.TemplateExists(t.Name)
		}
		n, err := count(tx, h.key("t"), maxTemplates)
		if err != nil {
			return err
		}
		if n >= maxTemplates {
			return b.Faults.TooMany("The account has reached its limit of templates.")
		}
		return kv.Put(tx, h.templateKey(t.Name), t)
	})
}

// UpdateTemplate replaces a template's parts.
func (b *Box) UpdateTemplate(ctx context.Context, t Template) error {
	if err := b.checkTemplate(t); err != nil {
		return err
	}
	h := homeOf(ctx)
	t.Made = b.Clock.Now()
	return b.Store.Update(ctx, func(tx *kv.Tx) error {
		old, err := b.loadTemplate(tx, h, t.Name)
		if err != nil {
			return err
		}
		t.Tags = maps.Clone(old.Tags)
		return kv.Put(tx, h.templateKey(t.Name), t)
	})
}

// loadTemplate reads a template that must be there.
func (b *Box) loadTemplate(tx *kv.Tx, h home, name string) (Template, error) {
	t, ok, err := kv.Get[Template](tx, h.templateKey(name))
	switch {
	case err != nil:
		return t, fmt.Errorf("load template: %w", err)
	case !ok:
		return t, b.Faults.NoTemplate(name)
	}
	return t, nil
}

// Template reads a template.
func (b *Box) Template(ctx context.Context, name string) (t Template, err error) {
	err = b.Store.View(ctx, func(tx *kv.Tx) error {
		t, err = b.loadTemplate(tx, homeOf(ctx), name)
		return err
	})
	return t, err
}

// ListTemplates returns a page of the templates.
func (b *Box) ListTemplates(ctx context.Context, token *string, limit int) (list []Template, next *string, err error) {
	rows := homeOf(ctx).key("t")
	after, err := b.readToken(rows, token)
	if err != nil {
		return nil, nil, err
	}
	last := ""
	err = b.Store.View(ctx, func(tx *kv.Tx) error {
		list = nil
		last, err = page(tx, rows, after, limit, func(_ string, t Template) bool {
			list = append(list, t)
			return true
		})
		return err
	})
	return list, service.PageToken(rows, last), err
}

// DeleteTemplate removes a template, and tells whether it was there.
func (b *Box) DeleteTemplate(ctx context.Context, name string) (found bool, err error) {
	h := homeOf(ctx)
	err = b.Store.Update(ctx, func(tx *kv.Tx) error {
		if _, found, err = tx.Get(h.templateKey(name)); err != nil || !found {
			return err
		}
		return tx.Delete(h.templateKey(name))
	})
	return found, err
}

// Fill fills in a template. What the data lack is told by missing: AWS accepts
// such a message and then does not send it, with an event that says why.
func (b *Box) Fill(t Template, data string) (filled Template, missing string, err error) {
	values, err := handlebars.Data(data)
	if err != nil {
		return t, "", b.Faults.Invalid("The template data is not a valid JSON object: " + err.Error() + ".")
	}
	filled = t
	for _, part := range []*string{&filled.Subject, &filled.Text, &filled.HTML} {
		parsed, err := handlebars.Parse(*part)
		if err != nil {
			return t, "", b.Faults.BadTemplate(t.Name, "The template cannot be rendered: "+err.Error()+".")
		}
		if *part, err = parsed.Render(values); err != nil {
			return t, err.Error(), nil //nolint:nilerr // what is missing is for the outbox to tell
		}
	}
	return filled, "", nil
}
