package mapping

import (
	"bytes"

	"maru.dev/maru/gateway/vtl/java"
	"maru.dev/maru/pattern/jsonpath"
	"maru.dev/maru/pattern/value"
)

// document is a body as JSON. What a template has been given of it is shared with
// the template, which may change it: then that is what there is.
type document struct {
	parsed any
	shared any // as templates have it; nil until one was given an array or object
}

// doc returns the body as JSON. Without a body it is an empty object, and what is
// no JSON is a text.
func (in *Input) doc() *document {
	if in.document == nil {
		in.document = &document{parsed: parseBody(in.Body)}
	}
	return in.document
}

// parseBody reads a body.
func parseBody(body []byte) any {
	if len(bytes.TrimSpace(body)) == 0 {
		return value.NewObject(0)
	}
	v, err := value.Parse(body)
	if err != nil {
		return string(body)
	}
	return v
}

// at returns what a path leads to for a template; ok tells whether it leads anywhere.
func (d *document) at(p *jsonpath.Path) (v any, ok bool) {
	if d.shared == nil {
		v, err := p.Get(d.parsed)
		if err != nil || !p.Reference() {
			return java.FromJSON(v), err == nil
		}
		switch v.(type) {
		case []any, *value.Object:
			d.shared = java.FromJSON(d.parsed)
		default:
			return v, true
		}
	}
	if p.Reference() {
		return follow(d.shared, p.Steps())
	}
	v, err := p.Get(parseBody(java.JSON(d.shared)))
	return java.FromJSON(v), err == nil
}

// follow goes on from a template's value by names and indexes.
func follow(v any, steps []any) (any, bool) {
	for _, s := range steps {
		var ok bool
		switch holder := v.(type) {
		case *java.Map:
			v, ok = holder.Get(s)
		case *java.List:
			if n, isIndex := s.(int); isIndex && n < len(holder.Items) {
				v, ok = holder.Items[n], true
			}
		}
		if !ok {
			return nil, false
		}
	}
	return v, true
}
